#pragma once

#include <cstdint>

#include "gallery/state_sum.hpp"
#include "seal/binding.hpp"
#include "seal/mac.hpp"
#include "types/bytes.hpp"

namespace morgiana {

/// The authenticated summary of one committed state. Each commit appends one, chained to the
/// digest of the one before; the newest must agree with all that is alive when a gallery opens.
struct CommitHead {
  std::uint64_t sequence = 0;
  seal::Digest previous{};  // SHA-256 of the head before, zeros in the first
  std::uint64_t num_subjects = 0;
  std::uint64_t num_references = 0;
  std::uint64_t next_subject_key = 1;
  std::uint64_t num_wraps = 0;  // subject keys ever sealed under the current wrapping key
  std::uint64_t keyset_generation = 1;
  StateSum state;

  /// Errors: limit_reached (random nonces of one AES-GCM key).
  void add_wraps(std::uint64_t count);

  /// The bytes that are stored: the fields in this order, little-endian, and an HMAC-SHA-256.
  Bytes encode(const seal::SecretKey& head_key, const seal::GalleryIdentity& gallery) const;

  /// Errors: not_authentic.
  static CommitHead decode(const seal::SecretKey& head_key, const seal::GalleryIdentity& gallery,
                           ByteView stored);
};

}  // namespace morgiana
