#include "store/file_system.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>

#include <sys/vfs.h>

#include "morgiana/error.hpp"
#include "store/descriptor.hpp"

namespace morgiana::store {
namespace {

struct Known {
  unsigned long magic;  // statfs(2)
  const char* name;
  bool is_network;
  bool overwrites_in_place;
};

constexpr std::array<Known, 16> kKnown{{
    {0xEF53, "ext4", false, true},
    {0x58465342, "xfs", false, true},
    {0x01021994, "tmpfs", false, true},
    {0x9123683E, "btrfs", false, false},
    {0x2FC12FC1, "zfs", false, false},
    {0xCA451A4E, "bcachefs", false, false},
    {0xF2F52010, "f2fs", false, false},
    {0x3434, "nilfs2", false, false},
    {0x794C7630, "overlay", false, false},
    {0x65735546, "fuse", false, false},
    {0x6969, "nfs", true, false},
    {0xFF534D42, "cifs", true, false},
    {0xFE534D42, "smb2", true, false},
    {0x5346414F, "afs", true, false},
    {0x00C36400, "ceph", true, false},
    {0x47504653, "gpfs", true, false},
}};

}  // namespace

FileSystem file_system_of(const std::string& path) {
  struct statfs status = {};
  if (::statfs(path.c_str(), &status) != 0) fail_with_errno("asking for the file system of", path);
  // Some systems extend the sign of 32-bit numbers.
  const auto magic = static_cast<unsigned long>(status.f_type) & 0xFFFFFFFFUL;
  const auto* known = std::ranges::find(kKnown, magic, &Known::magic);
  if (known == kKnown.end()) return {"number " + std::to_string(magic), false, false};
  return {known->name, known->is_network, known->overwrites_in_place};
}

void refuse_network(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const FileSystem found = file_system_of(parent.empty() ? "." : parent.string());
  if (!found.is_network) return;
  throw Error(Errc::storage_failed, path + " is on a network file system (" + found.name +
                                        "), where locks and shared memory do not hold; keep "
                                        "galleries on a disk of this machine");
}

}  // namespace morgiana::store
