#pragma once

#include <string>

#include "gallery/campus.hpp"
#include "morgiana/receipt.hpp"
#include "receipt/desk.hpp"

namespace morgiana {

/// A gallery with Ada in it that signs what it decides, and who verifies it.
struct Office {
  static constexpr const char* kIssuer = "https://campus.example/gate";
  static constexpr const char* kParty = "https://cafeteria.example";

  Office() : ada(campus.person()), signer(enrolled(), options()) {}

  ReceiptSignerOptions options() const { return {.issuer = kIssuer, .terminal = "till-3"}; }

  ReceiptRequest request() const {
    return {.relying_party = kParty, .nonce = "n-1", .amount = Amount{1250, "EUR"}};
  }

  static Policy policy() { return {.accept = {{0.6F}, Fmr{1e-5}}}; }
  Decision decided(const SubjectId& subject) const {
    return {Outcome::granted, Reason::accepted, subject, policy()};
  }
  Decision granted() { return decide(search(campus.again(ada)), policy()); }
  Decision denied() { return decide(search(campus.person()), policy()); }

  Receipt verify(const std::string& jws) const {
    return ReceiptVerifier({.keys = {{kIssuer, signer.public_key()}}, .relying_party = kParty})
        .verify(jws, {.nonce = "n-1"});
  }

  Campus campus;
  Template ada;
  ReceiptSigner signer;

 private:
  const Gallery& enrolled() {
    campus.gallery.enrol("ada", {ada});
    return campus.gallery;
  }
  Identification search(const Template& probe) const {
    return campus.gallery.identify(probe, {.accept = policy().accept});
  }
};

}  // namespace morgiana
