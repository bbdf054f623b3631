#include <utility>

#include "morgiana/error.hpp"
#include "morgiana/receipt.hpp"
#include "receipt/claims.hpp"
#include "receipt/clock.hpp"
#include "receipt/key_list.hpp"
#include "types/printable.hpp"

namespace morgiana {
namespace {

void check_options(const ReceiptVerifierOptions& options) {
  if (!is_printable(options.relying_party, kMaxPartyBytes)) {
    throw Error(Errc::invalid_argument,
                "a verifier is named by 1 to 256 printable ASCII characters");
  }
  if (options.leeway_s < 0 || options.leeway_s > kMaxLeeway_s) {
    throw Error(Errc::invalid_argument, "the leeway of a verifier is from 0 to 300 s");
  }
  for (const TrustedKey& key : options.keys) {
    if (!is_printable(key.issuer, kMaxPartyBytes)) {
      throw Error(Errc::invalid_argument,
                  "an issuer is named by 1 to 256 printable ASCII characters");
    }
  }
}

[[noreturn]] void refuse(Errc code, const char* why) {
  throw Error(code, std::string("a receipt ") + why);
}

void check_times(const ReceiptClaims& claims, std::int64_t now, std::int64_t leeway) {
  if (claims.expires_at_s < claims.issued_at_s) {
    refuse(Errc::not_authentic, "expires before it was issued");
  }
  if (now > claims.expires_at_s + leeway) refuse(Errc::expired, "has expired");
  if (now < claims.issued_at_s - leeway) refuse(Errc::expired, "was issued in the future");
  if (claims.not_before_s && now < *claims.not_before_s - leeway) {
    refuse(Errc::expired, "is not valid yet");
  }
}

void check_answer(const ReceiptClaims& claims, const ExpectedReceipt& expected) {
  if (expected.nonce && claims.nonce != *expected.nonce) {
    refuse(Errc::foreign, "answers another nonce than the one that was given");
  }
  if (expected.amount && claims.amount != expected.amount) {
    refuse(Errc::foreign, "is for another amount than the one that was asked");
  }
}

}  // namespace

class ReceiptVerifier::Impl {
 public:
  explicit Impl(const ReceiptVerifierOptions& options) : options_(options), keys_(options.keys) {
    check_options(options);
  }

  ReceiptClaims verify(std::string_view jws, const ExpectedReceipt& expected) const {
    if (expected.nonce && expected.nonce->empty()) {
      throw Error(Errc::invalid_argument, "the nonce that was given is empty");
    }
    const receipt::Authentic authentic = keys_.authenticate(jws);
    if (authentic.kind != receipt::Kind::receipt) {
      refuse(Errc::not_authentic, "is expected, this is a checkpoint of a log");
    }
    ReceiptClaims claims = receipt::decode_claims(authentic.payload);
    if (claims.issuer != authentic.issuer) {
      refuse(Errc::foreign, "is of another issuer than the one whose key signed it");
    }
    if (claims.relying_party != options_.relying_party) {
      refuse(Errc::foreign, "is for another relying party");
    }
    check_times(claims, receipt::now(options_.clock), options_.leeway_s);
    check_answer(claims, expected);
    return claims;
  }

  std::int64_t leeway_s() const noexcept { return options_.leeway_s; }

 private:
  ReceiptVerifierOptions options_;
  receipt::KeyList keys_;
};

ReceiptVerifier::ReceiptVerifier(const ReceiptVerifierOptions& options)
    : impl_(std::make_shared<const Impl>(options)) {}

Receipt ReceiptVerifier::verify(std::string_view jws, const ExpectedReceipt& expected) const {
  ReceiptClaims claims = impl_->verify(jws, expected);
  const std::int64_t until = claims.expires_at_s + impl_->leeway_s();
  return {std::move(claims), until};
}

}  // namespace morgiana
