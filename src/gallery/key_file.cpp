#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "gallery/key_origin.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

constexpr std::string_view kMagic = "morgiana key v1\n";
constexpr std::size_t kFileBytes = kMagic.size() + seal::SecretKey::kBytes;
constexpr std::size_t kMaxFileBytes = 65536;  // room to say "not a key file" of what is larger

std::string this_user() {
  return "the user of this process (uid " + std::to_string(::geteuid()) + ")";
}

/// Of the file itself, or of a folder on the way to it.
bool is_forbidden(const std::string& path, int access) {
  return ::faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) != 0 && errno == EACCES;
}

/// Errors: storage_failed; not_found; bad_key_file (a folder, a device).
void refuse_unreadable(const std::string& path) {
  if (is_forbidden(path, R_OK)) {
    throw Error(Errc::storage_failed, "key file " + path + " cannot be read by " + this_user() +
                                          "; run it as the owner of the key file, or give the "
                                          "file to that user with chown");
  }
  if (!store::exists(path)) throw Error(Errc::not_found, "there is no key file " + path);
  std::error_code unknown;
  const auto type = std::filesystem::status(path, unknown).type();
  if (type == std::filesystem::file_type::directory) {
    throw Error(Errc::bad_key_file, path + " is a folder; name a key file");
  }
  const bool leads_nowhere = type == std::filesystem::file_type::not_found;  // a link
  if (type != std::filesystem::file_type::regular && !leads_nowhere) {
    throw Error(Errc::bad_key_file, path + " is not a regular file; name a key file");
  }
}

/// "morgiana key v1\n" (16 bytes) ‖ 32 key bytes.
/// Errors: as refuse_unreadable; bad_key_file (not one of ours, or others have access to it).
seal::LockedKey read_key_file(const std::string& path) {
  refuse_unreadable(path);
  if (store::is_exposed(path)) {
    throw Error(Errc::bad_key_file, "key file " + path +
                                        " can be accessed by others than its owner; make it "
                                        "private with: chmod 600 " +
                                        path);
  }
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path, unknown);
  if (unknown || size > kMaxFileBytes) {
    throw Error(Errc::bad_key_file, path + " is not a Morgiana key file");
  }
  Bytes bytes = store::read_file(path, kMaxFileBytes);
  if (bytes.size() != kFileBytes || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) {
    wipe(bytes.data(), bytes.size());
    throw Error(Errc::bad_key_file, "file " + path + " is not a Morgiana key file");
  }
  seal::SecretKey key(
      std::span<const std::uint8_t>(bytes).subspan<kMagic.size(), seal::SecretKey::kBytes>());
  wipe(bytes.data(), bytes.size());
  return seal::LockedKey(std::move(key));
}

/// Errors: not_found (the folder); storage_failed (it may not be written to).
void refuse_folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  if (is_forbidden(folder, W_OK | X_OK)) {
    throw Error(Errc::storage_failed, "key file " + path + " cannot be made: " + this_user() +
                                          " needs to write to its folder " + folder);
  }
  std::error_code unknown;
  if (!std::filesystem::is_directory(folder, unknown)) {
    throw Error(Errc::not_found, "there is no folder " + folder + " for key file " + path +
                                     "; make it, or name another");
  }
}

class KeyFile : public KeySource::Origin {
 public:
  explicit KeyFile(std::string path) : path_(std::move(path)) {}

  seal::KekHolder holder() const noexcept override { return seal::KekHolder::key_file; }
  std::string name() const override { return "key file " + path_; }
  std::string path() const override { return path_; }
  void check() const override { read_key_file(path_); }
  NewKek create() const override { return {read_key_file(path_), {holder(), {}}}; }
  seal::LockedKey open(ByteView) const override { return read_key_file(path_); }

 private:
  std::string path_;
};

}  // namespace

KeySource::KeySource(std::shared_ptr<const Origin> origin) : origin_(std::move(origin)) {}

std::string KeySource::name() const {
  return origin_->name();
}

std::string KeySource::path() const {
  return origin_->path();
}

KeySource KeySource::file(std::string path) {
  return KeySource(std::make_shared<KeyFile>(std::move(path)));
}

KeySource KeySource::create_file(std::string path) {
  refuse_folder_of(path);
  if (store::exists(path)) {
    throw Error(Errc::already_exists,
                path + " exists and was left as it is: use it as the key file, or name another");
  }
  const seal::SecretKey key = seal::SecretKey::random();
  Bytes bytes(kMagic.begin(), kMagic.end());
  bytes.reserve(kFileBytes);
  bytes.insert(bytes.end(), key.bytes().begin(), key.bytes().end());
  try {
    store::create_file(path, bytes);
  } catch (...) {
    wipe(bytes.data(), bytes.size());
    throw;
  }
  wipe(bytes.data(), bytes.size());
  return file(std::move(path));
}

}  // namespace morgiana
