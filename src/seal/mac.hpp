#pragma once

#include <array>
#include <string_view>

#include "seal/openssl.hpp"
#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(ByteView message);
Digest hmac_sha256(const SecretKey& key, ByteView message);

/// A key at work on many messages: keyed once, which is half of the cost of a short one. One
/// thread.
class Hmac {
 public:
  explicit Hmac(const SecretKey& key);
  Digest digest(ByteView message);

 private:
  MacContext context_;
};

/// HKDF-SHA-256 without salt; `purpose` separates the keys drawn from one secret.
SecretKey derive(const SecretKey& key, std::string_view purpose);

/// Takes the same time wherever the first difference is.
[[nodiscard]] bool equal(const Digest& a, const Digest& b) noexcept;

}  // namespace morgiana::seal
