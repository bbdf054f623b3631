#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "gallery/key_origin.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

constexpr std::string_view kMagic = "morgiana key v1\n";
constexpr std::size_t kFileBytes = kMagic.size() + seal::SecretKey::kBytes;
constexpr std::size_t kMaxFileBytes = 65536;  // room to say "not a key file" of what is larger

/// "morgiana key v1\n" (16 bytes) ‖ 32 key bytes.
/// Errors: not_found; bad_key_file (not one of ours, or group or others have access to it).
seal::LockedKey read_key_file(const std::string& path) {
  if (!store::exists(path)) throw Error(Errc::not_found, "there is no key file " + path);
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
