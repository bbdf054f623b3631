#pragma once

#include <cstdint>

#include "seal/locked_memory.hpp"
#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

enum class KeyStatus : std::uint8_t { current = 1, retiring = 2 };

struct WrappingKey {
  std::uint32_t id;
  KeyStatus status;
  SecretKey key;
};

/// Who holds the key-encryption key (KEK).
enum class KekHolder : std::uint8_t { key_file = 0, passphrase = 1, token = 2 };

/// What the holder needs to give the KEK of a keyset again, kept in the keyset's file: not secret,
/// and believed only once the KEK that it leads to has opened the keyset.
struct KekEnvelope {
  KekHolder holder = KekHolder::key_file;
  Bytes parameters = {};
};

/// The random keys of one gallery, sealed whole under its KEK:
///   magic "MRGNKEYS" (8) ‖ version 2 (4) ‖ uuid (16) ‖ generation (8) ‖ number of keys n (4)
///   ‖ n × (id (4) ‖ status (1)) ‖ holder (1) ‖ number of parameter bytes (2) ‖ parameters
///   ‖ commitment (32) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
/// all integers little-endian. The plaintext is n × wrapping key (32) ‖ rotation seed (32) ‖
/// state key (32); everything before the nonce is associated data. The commitment is an
/// HMAC-SHA-256 of magic, version and uuid under a key drawn from the KEK, checked first in
/// constant time: AES-GCM alone would let one file open under two chosen keys. Version 1 has no
/// holder and no parameters: it is of a key file.
class Keyset {
 public:
  static constexpr std::size_t kMaxWrappingKeys = 64;
  static constexpr std::size_t kMaxParameterBytes = 1024;
  static constexpr std::size_t kMaxFileBytes = 8192;

  /// New random keys, generation 1, one current wrapping key.
  static Keyset create(const Uuid& uuid);

  /// Errors: not_authentic (not a keyset, damaged); unsupported_format.
  static KekEnvelope envelope_of(ByteView file);

  /// Errors: not_authentic (not a keyset, damaged); unsupported_format; wrong_key.
  static Keyset open(const SecretKey& kek, ByteView file);

  Bytes seal(const SecretKey& kek, const KekEnvelope& envelope) const;

  /// The next generation, in which a new wrapping key is current and all others retire.
  /// Errors: limit_reached.
  Keyset with_new_key() const;
  /// The same with a new rotation seed.
  Keyset renewed() const;
  /// The next generation, without those that retire.
  Keyset without_retiring() const;

  const Uuid& uuid() const noexcept { return uuid_; }
  std::uint64_t generation() const noexcept { return generation_; }
  const WrappingKey& current() const;
  bool is_full() const noexcept { return wrapping_keys_.size() == kMaxWrappingKeys; }
  std::size_t num_wrapping_keys() const noexcept { return wrapping_keys_.size(); }
  bool has_retiring() const noexcept { return wrapping_keys_.size() > 1; }
  const SecretKey* find(std::uint32_t wrapping_key_id) const noexcept;
  const SecretKey& rotation_seed() const noexcept { return seeds_[0]; }
  const SecretKey& state_key() const noexcept { return seeds_[1]; }

 private:
  Keyset(const Uuid& uuid, std::uint64_t generation);

  void add(std::uint32_t id, KeyStatus status, SecretKey key);
  void set_seeds(SecretKey rotation_seed, SecretKey state_key);

  Uuid uuid_;
  std::uint64_t generation_;
  LockedVector<WrappingKey> wrapping_keys_;
  LockedVector<SecretKey> seeds_;  // of the rotation, of the state
};

}  // namespace morgiana::seal
