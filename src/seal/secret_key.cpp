#include "seal/secret_key.hpp"

#include <algorithm>

#include <openssl/rand.h>

#include "seal/openssl.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {

void fill_random(MutableBytes out) {
  constexpr unsigned kStrength = 256;
  require(RAND_bytes_ex(openssl().library.get(), out.data(), out.size(), kStrength),
          "drawing random bytes");
}

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
  std::array<std::uint8_t, kBytes> bytes;
  fill_random(bytes);
  SecretKey key(bytes);
  wipe(bytes.data(), kBytes);
  return key;
}

}  // namespace morgiana::seal
