#include "seal/token_login.hpp"

#include <utility>

#include "morgiana/error.hpp"
#include "seal/token_module.hpp"

namespace morgiana::seal {

TokenLogin::TokenLogin(std::string module, std::string token, std::string_view pin)
    : module_(std::move(module)), token_(std::move(token)), pin_(pin) {}

TokenSession TokenLogin::session(TokenAccess access) const {
  if (is_refused_) {
    throw Error(Errc::token_failed, "token '" + token_ +
                                        "' refused the PIN before; it is not tried again, as a "
                                        "token locks after a few wrong ones");
  }
  return {token_module(module_), token_, pin_.bytes(), is_refused_, access};
}

}  // namespace morgiana::seal
