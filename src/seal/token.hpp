#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "seal/locked_memory.hpp"
#include "seal/token_login.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// A secret key inside a PKCS#11 token (OASIS PKCS #11 2.40): it signs with HMAC-SHA-256 there, and
/// never leaves it. Each call finds it anew; calls of a process take turns. Errors of every member:
/// those of TokenLogin; token_failed (no such key, or several).
class TokenKey {
 public:
  /// Labels of token and key; the PIN of the token's user.
  TokenKey(std::string module, std::string token, std::string key, std::string_view pin);

  /// HMAC-SHA-256 of the label "morgiana/token-kek" and a salt.
  LockedKey derive(const std::array<std::uint8_t, 32>& salt) const;

  /// Makes the key, 256 random bits that the token shows to nobody. Errors: already_exists.
  void create() const;

  /// Holds the token's HMAC-SHA-256 against a known answer, with a key that it forgets afterwards;
  /// where it takes no such key, against itself.
  void probe() const;

  const std::string& token() const noexcept { return login_.token(); }
  const std::string& key() const noexcept { return key_; }

 private:
  TokenLogin login_;
  std::string key_;
};

}  // namespace morgiana::seal
