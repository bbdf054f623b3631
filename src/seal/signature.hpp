#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

struct evp_pkey_st;  // OpenSSL's

namespace morgiana::seal {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

/// A key that signs with Ed25519 (RFC 8032), drawn from a secret seed. It lies in ordinary memory
/// until it goes, which wipes it: make it where it is used. Safe from many threads.
class SigningKey {
 public:
  /// Errors: crypto_failed.
  explicit SigningKey(const SecretKey& seed);
  /// The same where its public key was drawn before: half the time of a signature is saved.
  SigningKey(const SecretKey& seed, const PublicKey& public_key);

  const PublicKey& public_key() const noexcept { return public_key_; }
  /// Errors: crypto_failed.
  Signature sign(ByteView message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  std::unique_ptr<evp_pkey_st, Free> key_;
  PublicKey public_key_;
};

/// True for a signature by the owner of the key, and for nothing else, whatever its length.
/// Errors: crypto_failed.
[[nodiscard]] bool verify(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace morgiana::seal
