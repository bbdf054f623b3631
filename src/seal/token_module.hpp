#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include <p11-kit/pkcs11.h>

#include "types/bytes.hpp"

namespace morgiana::seal {

/// Held from the loading of a module to the end of a session: modules need not bear several
/// threads, whatever they say.
std::mutex& token_turn();

/// A PKCS#11 library, loaded and initialised once for a process and kept: others in the process may
/// use it as well, and a token may hold on to what finalising takes away.
/// Errors: token_failed.
CK_FUNCTION_LIST& token_module(const std::string& path);

/// Errors: token_failed, naming what was done, where `code` is not CKR_OK.
void require_token(CK_RV code, const std::string& doing);

enum class TokenAccess : int { read_only, read_write };

/// A session of a token, logged in; logged out and closed at its end.
class TokenSession {
 public:
  /// Sets `is_refused` where the token says that the PIN is wrong. Errors: token_failed.
  TokenSession(CK_FUNCTION_LIST& module, const std::string& token, ByteView pin,
               std::atomic<bool>& is_refused, TokenAccess access);
  TokenSession(const TokenSession&) = delete;
  TokenSession& operator=(const TokenSession&) = delete;
  ~TokenSession();

  CK_FUNCTION_LIST& module() const noexcept { return module_; }
  CK_SESSION_HANDLE get() const noexcept { return session_; }

 private:
  CK_FUNCTION_LIST& module_;
  CK_SESSION_HANDLE session_ = 0;
  bool has_logged_in_ = false;
};

}  // namespace morgiana::seal
