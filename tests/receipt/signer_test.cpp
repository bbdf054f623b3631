#include <set>
#include <string>

#include <gtest/gtest.h>

#include "errors.hpp"
#include "receipt/office.hpp"

namespace morgiana {
namespace {

using Json = nlohmann::json;

struct Signer : ::testing::Test {
  Office office;
};

Json part(const std::string& jws, int which) {
  const auto cut = seal::split_compact(jws);
  const Bytes bytes = *seal::from_base64url(which == 0 ? cut->header : cut->payload);
  return Json::parse(bytes);
}

TEST_F(Signer, SaysWhatWasDecidedAndNoScore) {
  const std::string jws = office.signer.sign(office.granted(), office.request());
  EXPECT_EQ(
      part(jws, 0),
      (Json{{"alg", "Ed25519"}, {"kid", office.signer.key_id()}, {"typ", "decision-receipt+jwt"}}));
  const Json said = part(jws, 1);
  std::set<std::string> names;
  for (const auto& [name, value] : said.items()) names.insert(name);
  EXPECT_EQ(names, (std::set<std::string>{"amount", "aud", "decision", "exp", "fmr", "gallery",
                                          "head", "iat", "iss", "jti", "model", "nonce", "reason",
                                          "sub", "terminal", "threshold", "tier"}));
  EXPECT_EQ(said["sub"], office.campus.gallery.pseudonym("ada", Office::kParty));
  EXPECT_EQ(said["amount"], (Json{{"minor_units", 1250}, {"currency", "EUR"}}));
  EXPECT_EQ(said["tier"], office.campus.gallery.stats().tier);
  EXPECT_EQ(said["threshold"].get<float>(), 0.6F);
}

TEST_F(Signer, IsUnderstoodByTheVerifier) {
  ReceiptRequest request = office.request();
  request.calibration = "lfw-2026";
  request.policy_sha256 = std::string(64, '5');
  const Receipt receipt = office.verify(office.signer.sign(office.granted(), request));
  const ReceiptClaims& claims = receipt.claims();
  EXPECT_EQ(claims.outcome, Outcome::granted);
  EXPECT_EQ(claims.issuer, Office::kIssuer);
  EXPECT_EQ(claims.terminal, "till-3");
  EXPECT_EQ(claims.threshold->at_least, Score{0.6F});
  EXPECT_EQ(claims.threshold->stands_for->rate, 1e-5);
  EXPECT_EQ(claims.calibration, "lfw-2026");
  EXPECT_EQ(claims.policy_sha256, std::string(64, '5'));
  EXPECT_EQ(claims.amount, (Amount{1250, "EUR"}));
  EXPECT_EQ(claims.expires_at_s - claims.issued_at_s, 120);
}

TEST_F(Signer, NamesNobodyWhoIsNotGranted) {
  const Receipt receipt = office.verify(office.signer.sign(office.denied(), office.request()));
  EXPECT_EQ(receipt.claims().outcome, Outcome::denied);
  EXPECT_EQ(receipt.claims().reason, Reason::no_candidate);
  EXPECT_EQ(receipt.claims().subject, "");
}

TEST_F(Signer, SignsNoDecisionThatContradictsItself) {
  const Policy policy = office.granted().policy;
  for (const Decision& made : {Decision{Outcome::granted, Reason::no_candidate, "ada", policy},
                               Decision{Outcome::denied, Reason::accepted, std::nullopt, policy},
                               Decision{Outcome::granted, Reason::accepted, std::nullopt, policy},
                               Decision{Outcome::denied, Reason::no_candidate, "ada", policy}}) {
    EXPECT_ERRC(office.signer.sign(made, office.request()), Errc::invalid_argument);
  }
}

TEST_F(Signer, LeavesOutAThresholdThatIsNone) {
  const Decision decision{Outcome::not_determined, Reason::invalid_policy, std::nullopt, {}};
  const Json said = part(office.signer.sign(decision, office.request()), 1);
  EXPECT_FALSE(said.contains("threshold"));
  EXPECT_FALSE(said.contains("fmr"));
}

TEST_F(Signer, SaysWhichRiskTheThresholdKeeps) {
  Decision decision = office.granted();
  decision.policy = {.risk = Risk{{0.01}, 2}};
  decision.resolved = ResolvedRisk{{{0.625F}, Fmr{1e-6}}, {Support::observed, 0.01}, {}};
  const ReceiptClaims claims =
      office.verify(office.signer.sign(decision, office.request())).claims();
  EXPECT_EQ(claims.risk, Fpir{0.01});
  EXPECT_EQ(claims.threshold->at_least, Score{0.625F});
  EXPECT_EQ(claims.threshold->stands_for->rate, 1e-6);
  decision = {Outcome::not_determined, Reason::risk_unsupported, std::nullopt, decision.policy};
  decision.resolved = ResolvedRisk{{}, {.support = Support::unsupported}, {}};
  const Json said = part(office.signer.sign(decision, office.request()), 1);
  EXPECT_FALSE(said.contains("threshold"));
  EXPECT_EQ(said["fpir"], 0.01);
}

TEST_F(Signer, SignsForNobodyWhoWasRemovedSinceTheDecision) {
  const Decision granted = office.granted();
  office.campus.gallery.remove("ada");
  EXPECT_ERRC(office.signer.sign(granted, office.request()), Errc::unknown_subject);
}

TEST_F(Signer, SignsNothingForAClosedGallery) {
  const Decision granted = office.granted();
  office.campus.gallery.close();
  EXPECT_ERRC(office.signer.sign(granted, office.request()), Errc::closed);
  { const Gallery gone = std::move(office.campus.gallery); }
  EXPECT_ERRC(office.signer.sign(granted, office.request()), Errc::closed);
}

/// The handle may be moved: the signer is of the gallery, not of the handle.
TEST_F(Signer, OutlivesAMoveOfTheGallery) {
  const Gallery elsewhere = std::move(office.campus.gallery);
  EXPECT_EQ(
      office.verify(office.signer.sign(office.decided("ada"), office.request())).claims().outcome,
      Outcome::granted);
}

TEST_F(Signer, HasOneKeyForTheLifeOfAGalleryAndOneOfItsOwn) {
  const std::string key = office.signer.public_key();
  EXPECT_NE(key, office.campus.gallery.receipt_key());
  office.campus.gallery.rotate_keys();
  office.campus.gallery.renew();
  office.campus.reopen();
  EXPECT_EQ(ReceiptSigner::public_key(office.campus.gallery), key);
  const Campus other;
  EXPECT_NE(ReceiptSigner::public_key(other.gallery), key);
}

/// Who follows signs by the newest commit of the process that writes.
TEST_F(Signer, NamesTheNewestCommit) {
  const Gallery beside = Gallery::follow(office.campus.path, {.key = office.campus.key});
  const ReceiptSigner signer(beside, office.options());
  const auto head = [&] { return part(signer.sign(office.denied(), office.request()), 1)["head"]; };
  const Json before = head();
  EXPECT_EQ(before, part(office.signer.sign(office.denied(), office.request()), 1)["head"]);
  office.campus.gallery.enrol("new", {office.campus.person()});
  const Json after = head();
  EXPECT_EQ(after["sequence"].get<int>(), before["sequence"].get<int>() + 1);
  EXPECT_NE(after["sha256"], before["sha256"]);
}

TEST_F(Signer, GivesNoIdTwice) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    ids.insert(part(office.signer.sign(office.denied(), office.request()), 1)["jti"]);
  }
  EXPECT_EQ(ids.size(), 100U);
}

TEST_F(Signer, RefusesWhatAReceiptCannotSay) {
  const auto refused = [&](auto change) {
    ReceiptRequest request = office.request();
    change(request);
    EXPECT_ERRC(office.signer.sign(office.granted(), request), Errc::invalid_argument);
  };
  refused([](ReceiptRequest& r) { r.relying_party.clear(); });
  refused([](ReceiptRequest& r) { r.relying_party = "caf\xC3\xA9"; });
  refused([](ReceiptRequest& r) { r.relying_party = std::string(257, 'x'); });
  refused([](ReceiptRequest& r) { r.nonce = std::string(129, 'x'); });
  refused([](ReceiptRequest& r) { r.nonce = "a\nb"; });
  refused([](ReceiptRequest& r) { r.calibration = "\x7F"; });
  refused([](ReceiptRequest& r) { r.policy_sha256 = "abc"; });
  refused([](ReceiptRequest& r) { r.amount = Amount{-1, "EUR"}; });
  refused([](ReceiptRequest& r) { r.amount = Amount{1, "eur"}; });
  refused([](ReceiptRequest& r) { r.amount = Amount{9'007'199'254'740'992, "EUR"}; });
  ReceiptRequest most = office.request();
  most.amount = Amount{9'007'199'254'740'991, "EUR"};
  EXPECT_EQ(office.verify(office.signer.sign(office.granted(), most)).claims().amount, most.amount);
  Decision odd = office.granted();
  odd.subject.reset();
  EXPECT_ERRC(office.signer.sign(odd, office.request()), Errc::invalid_argument);
  odd = office.denied();
  odd.subject = "ada";
  EXPECT_ERRC(office.signer.sign(odd, office.request()), Errc::invalid_argument);
}

TEST_F(Signer, RefusesOptionsThatAreNone) {
  const auto refused = [&](auto change) {
    ReceiptSignerOptions options = office.options();
    change(options);
    EXPECT_ERRC(ReceiptSigner(office.campus.gallery, options), Errc::invalid_argument);
  };
  refused([](ReceiptSignerOptions& o) { o.issuer.clear(); });
  refused([](ReceiptSignerOptions& o) { o.terminal.clear(); });
  refused([](ReceiptSignerOptions& o) { o.lifetime_s = 0; });
  refused([](ReceiptSignerOptions& o) { o.lifetime_s = 30 * 86'400 + 1; });
}

/// The longest of all that a request may hold, each character of which JSON escapes.
TEST_F(Signer, StaysWithinTheSizeThatVerifiersTake) {
  const std::string party(256, '"');
  const ReceiptSigner signer(office.campus.gallery, {.issuer = party, .terminal = party});
  const ReceiptRequest request{.relying_party = party,
                               .nonce = std::string(128, '\\'),
                               .amount = Amount{9'007'199'254'740'991, "EUR"},
                               .calibration = std::string(128, '"'),
                               .policy_sha256 = std::string(64, '0')};
  const std::string jws = signer.sign(office.granted(), request);
  EXPECT_LT(jws.size(), kMaxReceiptBytes);
  const ReceiptVerifier verifier({.keys = {{party, signer.public_key()}}, .relying_party = party});
  EXPECT_EQ(verifier.verify(jws).claims().nonce, request.nonce);
}

}  // namespace
}  // namespace morgiana
