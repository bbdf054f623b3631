#include "store/durable_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "morgiana/error.hpp"
#include "store/descriptor.hpp"

namespace morgiana::store {
namespace {

void write_whole(const Descriptor& file, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("writing", path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail_with_errno("syncing", path);
}

}  // namespace

void create_file(const std::string& path, ByteView bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) fail_with_errno("creating", path);
  try {
    write_whole(file, bytes, path);
    sync_directory_of(path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

void append_entries(const std::string& path, ByteView entries, std::size_t entry_bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) fail_with_errno("opening", path);
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  if (size < 0) fail_with_errno("reading the size of", path);
  const off_t whole = size - size % static_cast<off_t>(entry_bytes);
  if (whole != size && ::ftruncate(file.get(), whole) != 0) fail_with_errno("cutting", path);
  if (::lseek(file.get(), whole, SEEK_SET) < 0) fail_with_errno("writing", path);
  write_whole(file, entries, path);
  if (whole == 0) sync_directory_of(path);
}

Bytes read_file(const std::string& path, std::size_t max_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) fail_with_errno("opening", path);
  Bytes bytes(max_bytes + 1);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_errno("reading", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > max_bytes) {
    throw Error(Errc::storage_failed,
                path + " is larger than the " + std::to_string(max_bytes) + " bytes expected");
  }
  bytes.resize(size);
  return bytes;
}

namespace {

struct stat status_of(const std::string& path, const char* doing) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) fail_with_errno(doing, path);
  return status;
}

}  // namespace

bool exists(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR) fail_with_errno("looking for", path);
  return false;
}

std::uint64_t size_of(const std::string& path) {
  return static_cast<std::uint64_t>(status_of(path, "reading the size of").st_size);
}

FileIdentity identity_of(const std::string& path) {
  const struct stat status = status_of(path, "looking at");
  return {status.st_dev, status.st_ino};
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_with_errno("removing", path);
}
void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_with_errno("renaming", from);
  sync_directory_of(to);
}

namespace {

/// A file that has lost its name, and has no other.
bool overwrite(const Descriptor& file, const std::string& path) {
  struct stat status = {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || status.st_nlink != 0) return false;
  try {
    write_whole(file, Bytes(static_cast<std::size_t>(status.st_size)), path);
  } catch (const Error&) {
    return false;
  }
  return true;
}

/// An administrator who replaces a file must not take it away from the user whose it is.
void keep_owner(const Descriptor& of, const std::string& path) {
  struct stat status = {};
  if (!of.valid() || ::fstat(of.get(), &status) != 0) return;
  const struct stat now = status_of(path, "looking at");
  const bool is_same = status.st_uid == now.st_uid && status.st_gid == now.st_gid;
  if (!is_same && ::lchown(path.c_str(), status.st_uid, status.st_gid) != 0) {
    fail_with_errno("giving its owner", path);
  }
  if (::chmod(path.c_str(), status.st_mode & 07777) != 0) fail_with_errno("giving its mode", path);
}

}  // namespace

bool replace_file(const std::string& path, ByteView bytes, Old old) {
  const std::string fresh = path + ".new";
  const Descriptor left(::open(fresh.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  remove_file(fresh);
  if (old == Old::overwrite) overwrite(left, fresh);                    // what a crash left
  const Descriptor before(::open(path.c_str(), O_WRONLY | O_CLOEXEC));  // while it has a name
  create_file(fresh, bytes);
  try {
    keep_owner(before, fresh);
    rename_file(fresh, path);
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
  return old == Old::overwrite && overwrite(before, path);
}

bool is_exposed(const std::string& path) {
  const auto mode = status_of(path, "reading the permissions of").st_mode;
  return (mode & (S_IRWXG | S_IRWXO)) != 0;
}

void sync_directory_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string directory = parent.empty() ? "." : parent.string();
  Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid()) fail_with_errno("opening", directory);
  if (::fsync(opened.get()) != 0) fail_with_errno("syncing", directory);
}

}  // namespace morgiana::store
