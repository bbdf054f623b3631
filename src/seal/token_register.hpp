#pragma once

#include <string>
#include <string_view>

#include "seal/token_login.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// A few bytes in a PKCS#11 token (OASIS PKCS #11 2.40): a private data object, which nobody makes
/// or reads without the PIN. A new one is made before the old one is destroyed, so that there is
/// always one; where there are two, the one with the higher number counts. Calls of a process take
/// turns. Errors of every member: those of TokenLogin; token_failed (what is there is none of ours,
/// or was written by two processes at once).
class TokenRegister {
 public:
  /// Labels of token and object; the PIN of the token's user.
  TokenRegister(std::string module, std::string token, std::string object, std::string_view pin);

  /// Empty where there is none.
  Bytes read() const;

  /// Whether `next` is stored now, in the place of `expected`. PKCS #11 knows no such step: of two
  /// processes that take it at once one is told false, or both. Where it throws, either may be
  /// stored. Errors: token_failed (full; cannot be written; does not keep or destroy objects).
  bool compare_and_swap(ByteView expected, ByteView next) const;

  const std::string& token() const noexcept { return login_.token(); }
  const std::string& object() const noexcept { return object_; }

 private:
  class Visit;

  TokenLogin login_;
  std::string object_;
};

}  // namespace morgiana::seal
