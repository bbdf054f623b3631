// A receipt as a verifier reads it. Input: what is given (1) ‖ text. 0: the text is the token;
// 1: it is the header of a token that is signed; 2: it is the claims of one.
#include <string>

#include "input.hpp"
#include "receipt/claims.hpp"
#include "receipt/desk.hpp"

using namespace morgiana;

namespace {

struct Genuine {
  Desk desk;
  ReceiptVerifier verifier = desk.verifier();
  std::string token = desk.token(Desk::claims());
};

std::string token_of(const Genuine& genuine, std::uint64_t mode, const std::string& text) {
  if (mode == 0) return text;
  return mode == 1 ? genuine.desk.token(text, Desk::claims().dump())
                   : genuine.desk.token(genuine.desk.header().dump(), text);
}

/// What was understood is written as it is understood again.
bool is_said_again(const ReceiptClaims& claims) {
  const std::string text = receipt::encode(claims);
  const Bytes bytes(text.begin(), text.end());
  return receipt::encode(receipt::decode_claims(bytes)) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const Genuine& genuine = *new Genuine;  // its clock refers to the desk
  fuzz::Input input(data, num_bytes);
  const std::uint64_t mode = input.number(1) % 3;
  const std::string token =
      token_of(genuine, mode, std::string(input.rest().begin(), input.rest().end()));
  const auto refused = fuzz::refusal([&] {
    const Receipt receipt = genuine.verifier.verify(token);
    fuzz::require(mode != 0 || token == genuine.token, "no token is taken that was not signed");
    fuzz::require(token.size() <= kMaxReceiptBytes, "the size of a receipt is bounded");
    fuzz::require(
        receipt.claims().issuer == Desk::kIssuer && receipt.claims().relying_party == Desk::kParty,
        "a receipt is of who signed it, and for who takes it");
    fuzz::require(
        (receipt.claims().outcome == Outcome::granted) == !receipt.claims().subject.empty(),
        "who is granted is named, and nobody else");
    fuzz::require(is_said_again(receipt.claims()), "what is understood can be said again");
  });
  fuzz::require(!refused || refused == Errc::not_authentic || refused == Errc::foreign ||
                    refused == Errc::expired,
                "a receipt is refused as documented");
  return 0;
}
