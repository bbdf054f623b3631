#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "seal/given_secret.hpp"
#include "seal/locked_memory.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

class TokenSession;
enum class TokenAccess : int;

/// A secret key inside a PKCS#11 token (OASIS PKCS #11 2.40): it signs with HMAC-SHA-256 there, and
/// never leaves it. Each call finds token and key anew, so that a token may come and go; calls of a
/// process take turns. Errors of every member: token_failed (no such module, token or key, several
/// of them, token gone, PIN refused: then it is not tried again).
class TokenKey {
 public:
  /// Labels of token and key; the PIN of the token's user.
  TokenKey(std::string module, std::string token, std::string key, std::string_view pin);

  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;

  /// HMAC-SHA-256 of the label "morgiana/token-kek" and a salt.
  LockedKey derive(const std::array<std::uint8_t, 32>& salt) const;

  /// Makes the key, 256 random bits that the token shows to nobody. Errors: already_exists.
  void create() const;

  /// Holds the token's HMAC-SHA-256 against a known answer, with a key that it forgets afterwards;
  /// where it takes no such key, against itself.
  void probe() const;

  const std::string& token() const noexcept { return token_; }
  const std::string& key() const noexcept { return key_; }

 private:
  TokenSession session(TokenAccess access) const;

  std::string module_;
  std::string token_;
  std::string key_;
  GivenSecret pin_;
  mutable std::atomic<bool> is_refused_ = false;  // a token locks after a few wrong PINs
};

}  // namespace morgiana::seal
