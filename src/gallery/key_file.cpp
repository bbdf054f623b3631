#include "gallery/key_file.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "morgiana/error.hpp"
#include "morgiana/keys.hpp"
#include "store/durable_file.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

constexpr std::string_view kMagic = "morgiana key v1\n";
constexpr std::size_t kFileBytes = kMagic.size() + seal::SecretKey::kBytes;
constexpr std::size_t kMaxFileBytes = 65536;  // room to say "not a key file" of what is larger

}  // namespace

seal::SecretKey read_key_file(const std::string& path) {
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
  return key;
}

KeySource::KeySource(std::string path) : path_(std::move(path)) {}

KeySource KeySource::file(std::string path) {
  return KeySource(std::move(path));
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
  return KeySource(std::move(path));
}

}  // namespace morgiana
