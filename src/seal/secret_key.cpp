#include "seal/secret_key.hpp"

#include <algorithm>

#include "types/wipe.hpp"

namespace morgiana::seal {

SecretKey::SecretKey(std::span<const std::uint8_t, kBytes> bytes) noexcept {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  wipe(other.bytes_.data(), kBytes);
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    wipe(other.bytes_.data(), kBytes);
  }
  return *this;
}

SecretKey::~SecretKey() {
  wipe(bytes_.data(), kBytes);
}

SecretKey SecretKey::random() {
  Random once;
  return random(once);
}

SecretKey SecretKey::random(Random& from) {
  std::array<std::uint8_t, kBytes> bytes;
  from.fill(bytes);
  SecretKey key(bytes);
  wipe(bytes.data(), kBytes);
  return key;
}

}  // namespace morgiana::seal
