#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "seal/given_secret.hpp"

namespace morgiana::seal {

class TokenSession;
enum class TokenAccess : int;

/// A PKCS#11 token by its label, and the PIN of its user. Each session finds the token anew, so
/// that it may come and go.
class TokenLogin {
 public:
  TokenLogin(std::string module, std::string token, std::string_view pin);

  TokenLogin(const TokenLogin&) = delete;
  TokenLogin& operator=(const TokenLogin&) = delete;

  /// Needs the turn (token_turn), as long as the session lives. Errors: token_failed (no such
  /// module or token, several of them, token gone, PIN refused: then it is not tried again).
  TokenSession session(TokenAccess access) const;

  const std::string& token() const noexcept { return token_; }

 private:
  std::string module_;
  std::string token_;
  GivenSecret pin_;
  mutable std::atomic<bool> is_refused_ = false;  // a token locks after a few wrong PINs
};

}  // namespace morgiana::seal
