#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "morgiana/export.hpp"

namespace morgiana {

/// A key of a PKCS#11 token: a smart card, a security module, a trusted platform module.
struct TokenOptions {
  std::string module;    // the token maker's library, /usr/lib/softhsm/libsofthsm2.so
  std::string token;     // its label
  std::string key;       // label of a secret key in it that signs with HMAC-SHA-256
  std::string_view pin;  // of its user; copied
};

/// Where the key-encryption key of a gallery comes from: read when a gallery is made or opened, and
/// when its keys are rotated.
class MORGIANA_API KeySource {
 public:
  /// A key file that only its owner can read (mode 0600).
  static KeySource file(std::string path);

  /// Writes a new key file with 256 random bits, mode 0600, durable when it returns.
  /// Errors: already_exists (nothing is overwritten); not_found (the folder); storage_full;
  /// storage_failed.
  static KeySource create_file(std::string path);

  /// A passphrase, of which a copy is kept in memory that is not swapped or dumped. It protects
  /// against who has the files as far as it cannot be guessed: prefer a key file where nobody
  /// types.
  /// Errors: invalid_argument (fewer than 8 bytes); limit_reached (no memory can be locked).
  /// Cost:   600,000 iterations of PBKDF2, some 0.2 s, whenever it is read.
  static KeySource passphrase(std::string_view passphrase);

  /// A key that never leaves its token, from which the token draws the key-encryption key. The PIN
  /// is kept as a passphrase is. Nothing is asked of the token before it is read; then, as of the
  /// verbs that read it: token_failed (no such module, token or key, PIN refused, token gone).
  /// Errors: limit_reached (no memory can be locked).
  static KeySource token(const TokenOptions& options);

  /// Makes such a key, which the token shows to nobody, not even to its user.
  /// Errors: already_exists; token_failed; limit_reached.
  static KeySource create_in_token(const TokenOptions& options);

  /// For messages, never a secret: "key file campus.key".
  std::string name() const;
  /// Of the key file; empty of any other source.
  std::string path() const;

  class Origin;
  const Origin& origin() const noexcept { return *origin_; }

 private:
  explicit KeySource(std::shared_ptr<const Origin> origin);
  std::shared_ptr<const Origin> origin_;
};

}  // namespace morgiana
