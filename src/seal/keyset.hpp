#pragma once

#include <cstdint>
#include <vector>

#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

enum class KeyStatus : std::uint8_t { current = 1, retiring = 2 };

struct WrappingKey {
  std::uint32_t id;
  KeyStatus status;
  SecretKey key;
};

/// The random keys of one gallery, sealed whole under its key-encryption key (KEK):
///   magic "MRGNKEYS" (8) ‖ version 1 (4) ‖ uuid (16) ‖ generation (8) ‖ number of keys n (4)
///   ‖ n × (id (4) ‖ status (1)) ‖ commitment (32) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
/// all integers little-endian. The plaintext is n × wrapping key (32) ‖ rotation seed (32) ‖
/// state key (32); everything before the nonce is associated data. The commitment is an
/// HMAC-SHA-256 of magic, version and uuid under a key drawn from the KEK, checked first in
/// constant time: AES-GCM alone would let one file open under two chosen keys.
class Keyset {
 public:
  static constexpr std::size_t kMaxWrappingKeys = 64;
  static constexpr std::size_t kMaxFileBytes = 8192;

  /// New random keys, generation 1, one current wrapping key.
  static Keyset create(const Uuid& uuid);

  /// Errors: not_authentic (not a keyset, damaged); unsupported_format; wrong_key.
  static Keyset open(const SecretKey& kek, ByteView file);

  Bytes seal(const SecretKey& kek) const;

  const Uuid& uuid() const noexcept { return uuid_; }
  std::uint64_t generation() const noexcept { return generation_; }
  const WrappingKey& current() const;
  const SecretKey* find(std::uint32_t wrapping_key_id) const noexcept;
  const SecretKey& rotation_seed() const noexcept { return rotation_seed_; }
  const SecretKey& state_key() const noexcept { return state_key_; }

 private:
  Keyset(const Uuid& uuid, std::uint64_t generation, std::vector<WrappingKey> keys,
         SecretKey rotation_seed, SecretKey state_key);

  Uuid uuid_;
  std::uint64_t generation_;
  std::vector<WrappingKey> wrapping_keys_;
  SecretKey rotation_seed_;
  SecretKey state_key_;
};

}  // namespace morgiana::seal
