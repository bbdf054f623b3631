#pragma once

#include <array>
#include <cstdint>

#include "seal/locked_memory.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// How a passphrase becomes a key: PBKDF2 with HMAC-SHA-256 (RFC 8018). Stored as
/// iterations (4, little-endian) ‖ salt (32).
struct PassphraseParameters {
  /// OWASP's least for PBKDF2 with HMAC-SHA-256 (Password Storage Cheat Sheet, 2023).
  static constexpr std::uint32_t kIterations = 600'000;
  /// A file may ask for no less, so that a forged one cannot make guessing cheap, and for no more,
  /// so that it cannot keep a gate busy.
  static constexpr std::uint32_t kLeastIterations = 100'000;
  static constexpr std::uint32_t kMostIterations = 10'000'000;
  static constexpr std::size_t kBytes = 4 + 32;

  /// A new salt.
  static PassphraseParameters random();
  /// Errors: not_authentic (another length, or iterations beyond the bounds).
  static PassphraseParameters decode(ByteView stored);
  Bytes encode() const;

  std::uint32_t iterations = kIterations;
  std::array<std::uint8_t, 32> salt{};
};

/// Cost: some 0.2 s for kIterations. Errors: crypto_failed.
LockedKey derive_from_passphrase(ByteView passphrase, const PassphraseParameters& parameters);

}  // namespace morgiana::seal
