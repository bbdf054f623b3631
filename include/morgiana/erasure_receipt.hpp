#pragma once

#include <cstdint>
#include <string>

namespace morgiana {

/// Whom one commit revoked, and what became of their sealed bytes, signed by the gallery.
struct ErasureReceipt {
  std::uint64_t num_subjects;
  bool is_erased;  // key slots overwritten and records deleted, at the level of files
  /// Whether the wrapping keys under which theirs lay are gone from the gallery's keyset as well
  /// (Gallery::purge), so that blocks which a disk kept cannot be opened with the keys that the
  /// gallery has. Whether the file of the older keyset was overwritten, purge alone says.
  bool are_wrapping_keys_destroyed;
  /// A JSON Web Signature (RFC 7515, compact; EdDSA with Ed25519) of a JSON object:
  ///   gallery (uuid), model, commit, subject_keys (internal numbers, as ids are not kept),
  ///   revoked_at and erased_at (Unix time by the ledger; null while pending),
  ///   wrapping_keys_destroyed, head (of the newest commit: sequence, and SHA-256 in hex), iat.
  std::string jws;
};

}  // namespace morgiana
