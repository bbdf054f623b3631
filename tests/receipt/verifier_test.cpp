#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "errors.hpp"
#include "receipt/desk.hpp"
#include "seal/mac.hpp"

namespace morgiana {
namespace {

using Json = Desk::Json;

struct Verifier : ::testing::Test {
  std::string refusal(const std::string& token, const ExpectedReceipt& expected = {}) const {
    try {
      desk.verifier().verify(token, expected);
    } catch (const Error& error) {
      return std::string(name(error.code()));
    }
    return "taken";
  }

  /// Of a token that is as it should be but for some claims.
  std::string refusal_with(const Json& changes) const {
    Json claims = Desk::claims();
    claims.merge_patch(changes);
    return refusal(desk.token(claims));
  }

  std::string refusal_with_header(const Json& changes) const {
    Json header = desk.header();
    header.merge_patch(changes);
    return refusal(desk.token(header, Desk::claims()));
  }

  Desk desk;
};

TEST_F(Verifier, TakesWhatIsSignedAsItSays) {
  const Receipt receipt = desk.verifier().verify(desk.token(Desk::claims()));
  const ReceiptClaims& claims = receipt.claims();
  EXPECT_EQ(claims.id, "AAECAwQFBgcICQoLDA0ODw");
  EXPECT_EQ(claims.issuer, Desk::kIssuer);
  EXPECT_EQ(claims.relying_party, Desk::kParty);
  EXPECT_EQ(claims.terminal, "till-3");
  EXPECT_EQ(claims.issued_at_s, Desk::kNow);
  EXPECT_EQ(claims.expires_at_s, Desk::kNow + 120);
  EXPECT_EQ(claims.outcome, Outcome::granted);
  EXPECT_EQ(claims.reason, Reason::accepted);
  EXPECT_EQ(claims.subject, "7mYbq0a7cG2Xg0eZcVdLr4oFQ0p2uBz7y1mZxq0n5Ss");
  EXPECT_EQ(claims.threshold->at_least, Score{0.5F});
  EXPECT_EQ(claims.threshold->stands_for->rate, 1e-6);
  EXPECT_EQ(claims.gallery, "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(claims.model, "sface-2021dec");
  EXPECT_EQ(claims.tier, "avx2");
  EXPECT_EQ(claims.head_sequence, 7U);
  EXPECT_EQ(claims.head_sha256, std::string(64, 'a'));
  EXPECT_EQ(claims.nonce, "n-1");
  EXPECT_EQ(claims.amount, (Amount{1250, "EUR"}));
  EXPECT_EQ(claims.sequence, std::nullopt);
  EXPECT_EQ(claims.calibration, "");
  EXPECT_EQ(receipt.accepted_until_s(), Desk::kNow + 150);
}

TEST_F(Verifier, TakesTheOlderNameOfTheAlgorithmAndNoOther) {
  EXPECT_EQ(refusal_with_header({{"alg", "EdDSA"}}), "taken");
  for (const char* other : {"none", "None", "", "ed25519", "Ed448", "HS256", "RS256", "ES256"}) {
    EXPECT_EQ(refusal_with_header({{"alg", other}}), "not_authentic") << other;
  }
}

TEST_F(Verifier, RefusesATokenWithoutASignature) {
  const std::string token = desk.token(Desk::claims());
  const std::string bare = token.substr(0, token.rfind('.') + 1);
  EXPECT_EQ(refusal(bare), "not_authentic");
  Json header = desk.header();
  header["alg"] = "none";
  EXPECT_EQ(
      refusal(seal::base64url(header.dump()) + "." + seal::base64url(Desk::claims().dump()) + "."),
      "not_authentic");
}

/// Signed with the public key as a secret, which a verifier that asks the token for its algorithm
/// would take.
TEST_F(Verifier, RefusesAnotherAlgorithmUnderTheSameKey) {
  Json header = desk.header();
  header["alg"] = "HS256";
  const std::string text =
      seal::base64url(header.dump()) + "." + seal::base64url(Desk::claims().dump());
  const seal::SecretKey secret(desk.key.public_key());
  const Bytes bytes(text.begin(), text.end());
  EXPECT_EQ(refusal(text + "." + seal::base64url(ByteView(seal::hmac_sha256(secret, bytes)))),
            "not_authentic");
}

TEST_F(Verifier, RefusesAnyOtherHeader) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, Json>>{{"crit", {"exp"}},
                                                 {"jwk", Json::parse(desk.jwk())},
                                                 {"jku", "https://evil.example/jwks"},
                                                 {"x5u", "https://evil.example/cert"},
                                                 {"x5c", {"MIIB"}},
                                                 {"x5t", "AAAA"},
                                                 {"b64", false},
                                                 {"cty", "JWT"},
                                                 {"zip", "DEF"},
                                                 {"unknown", 1}}) {
    EXPECT_EQ(refusal_with_header({{name, value}}), "not_authentic") << name;
  }
  for (const char* needed : {"alg", "kid", "typ"}) {
    EXPECT_EQ(refusal_with_header({{needed, nullptr}}), "not_authentic") << needed;
    EXPECT_EQ(refusal_with_header({{needed, 1}}), "not_authentic") << needed;
  }
}

TEST_F(Verifier, RefusesAnotherType) {
  for (const char* type : {"JWT", "jwt", "erasure-receipt+jws", "application/decision-receipt+jwt",
                           "DECISION-RECEIPT+JWT", "receipt-checkpoint+jwt"}) {
    EXPECT_EQ(refusal_with_header({{"typ", type}}), "not_authentic") << type;
  }
}

TEST_F(Verifier, RefusesKeysThatAreNotTrusted) {
  EXPECT_EQ(refusal_with_header({{"kid", "another"}}), "not_authentic");
  Desk stranger;
  stranger.key = Desk::key_of(8);
  EXPECT_EQ(refusal(stranger.token(Desk::claims())), "not_authentic");
  // By the name of a key that is.
  EXPECT_EQ(refusal(stranger.token(desk.header(), Desk::claims())), "not_authentic");
}

TEST_F(Verifier, RefusesEveryChangedCharacter) {
  const std::string token = desk.token(Desk::claims());
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (const char other : {'A', 'B', '-', '.', '=', '+', '\n', '\0'}) {
      std::string changed = token;
      changed[at] = other;
      if (changed == token) continue;
      EXPECT_EQ(refusal(changed), "not_authentic") << at << " " << int{other};
    }
  }
}

TEST_F(Verifier, RefusesEveryCutAndEverythingBehindTheEnd) {
  const std::string token = desk.token(Desk::claims());
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_EQ(refusal(token.substr(0, length)), "not_authentic") << length;
  }
  for (const std::string more : {"A", "=", "==", ".", ".AAAA", "\n", " "}) {
    EXPECT_EQ(refusal(token + more), "not_authentic") << more;
    EXPECT_EQ(refusal(more + token), "not_authentic") << more;
  }
  EXPECT_EQ(refusal(token + std::string(1, '\0')), "not_authentic");
}

/// The last character of 64 bytes has four bits that no byte needs.
TEST_F(Verifier, RefusesTheSameSignatureWrittenDifferently) {
  const std::string token = desk.token(Desk::claims());
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t last = digits.find(token.back());
  for (std::size_t bits = 1; bits < 16; ++bits) {
    EXPECT_EQ(refusal(token.substr(0, token.size() - 1) + digits[last ^ bits]), "not_authentic");
  }
}

/// The signature is of what is written, so it is the text that must be refused.
TEST_F(Verifier, RefusesSignedTextThatIsNotCanonicalBase64url) {
  const auto signed_with = [&](const std::string& header, const std::string& payload) {
    const std::string text = header + "." + payload;
    const Bytes bytes(text.begin(), text.end());
    return text + "." + seal::base64url(ByteView(desk.key.sign(bytes)));
  };
  const std::string header = seal::base64url(desk.header().dump());
  std::string claims = Desk::claims().dump();
  while (claims.size() % 3 != 1) claims += ' ';
  const std::string payload = seal::base64url(claims);
  ASSERT_EQ(refusal(signed_with(header, payload)), "taken");
  EXPECT_EQ(refusal(signed_with(header, payload + "==")), "not_authentic");
  EXPECT_EQ(refusal(signed_with(header + "=", payload)), "not_authentic");
  std::string bits = payload;
  bits.back() = static_cast<char>(bits.back() + 1);  // 16 of 64 are canonical
  EXPECT_EQ(refusal(signed_with(header, bits)), "not_authentic");
  EXPECT_EQ(refusal(signed_with(header, payload + "\n")), "not_authentic");
  EXPECT_EQ(refusal(signed_with(header, payload + " ")), "not_authentic");
  EXPECT_EQ(refusal(signed_with("", payload)), "not_authentic");
  EXPECT_EQ(refusal(signed_with(header, "")), "not_authentic");
}

TEST_F(Verifier, RefusesANameThatStandsTwice) {
  const std::string header = desk.header().dump();
  const std::string claims = Desk::claims().dump();
  const auto twice = [](const std::string& text, const std::string& member) {
    return "{" + member + "," + text.substr(1);
  };
  ASSERT_EQ(refusal(desk.token(header, claims)), "taken");
  EXPECT_EQ(refusal(desk.token(twice(header, R"("alg":"Ed25519")"), claims)), "not_authentic");
  EXPECT_EQ(refusal(desk.token(header, twice(claims, R"("decision":"denied")"))), "not_authentic");
  EXPECT_EQ(refusal(desk.token(header, twice(claims, R"("\u0065xp":1)"))), "not_authentic");
  EXPECT_EQ(refusal(desk.token(header, twice(claims, R"("x":{"a":1,"a":2})"))), "not_authentic");
  EXPECT_EQ(refusal(desk.token(header, twice(claims, R"("x":[[{"a":1,"a":2}]])"))),
            "not_authentic");
  std::string amount = claims;
  amount.insert(amount.find(R"("currency")"), R"("minor_units":1,)");
  EXPECT_EQ(refusal(desk.token(header, amount)), "not_authentic");
  EXPECT_EQ(refusal(desk.token(header, twice(claims, R"("x":{"a":1},"y":{"a":1})"))), "taken");
}

TEST_F(Verifier, RefusesJsonThatReadersCouldUnderstandDifferently) {
  const std::string header = desk.header().dump();
  const std::string claims = Desk::claims().dump();
  const std::string zero(1, '\0');
  for (const std::string& text :
       {claims + zero, claims + zero + R"({"decision":"denied"})", "\xEF\xBB\xBF" + claims,
        claims + "x", claims + claims, "[" + claims + "]", std::string("null"), std::string("{}"),
        claims.substr(0, claims.size() - 1), "/**/" + claims, " " + claims,
        "{\"x\":\"\xFF\"," + claims.substr(1), "{\"x\":\"\n\"," + claims.substr(1),
        "{\"x\":NaN," + claims.substr(1), "{\"x\":1e999," + claims.substr(1),
        "{\"x\":" + std::string(40, '[') + std::string(40, ']') + "," + claims.substr(1)}) {
    EXPECT_EQ(refusal(desk.token(header, text)), "not_authentic") << text;
  }
  EXPECT_EQ(refusal(desk.token(header + zero, claims)), "not_authentic");
}

TEST_F(Verifier, RefusesOversizedInput) {
  Json claims = Desk::claims();
  claims["x"] = std::string(5000, 'x');
  ASSERT_EQ(refusal(desk.token(claims)), "taken");
  claims["x"] = std::string(6000, 'x');
  ASSERT_GT(desk.token(claims).size(), kMaxReceiptBytes);
  EXPECT_EQ(refusal(desk.token(claims)), "not_authentic");
  EXPECT_EQ(refusal(std::string(100'000'000, 'A')), "not_authentic");
}

TEST_F(Verifier, RefusesAMissingOrMistypedClaim) {
  for (const char* needed : {"jti", "iss", "aud", "terminal", "iat", "exp", "decision", "reason",
                             "sub", "gallery", "model", "tier", "head"}) {
    EXPECT_EQ(refusal_with({{needed, nullptr}}), "not_authentic") << needed;
    EXPECT_EQ(refusal_with({{needed, true}}), "not_authentic") << needed;
    EXPECT_EQ(refusal_with({{needed, {"a"}}}), "not_authentic") << needed;
    EXPECT_EQ(refusal_with({{needed, ""}}), "not_authentic") << needed;
    EXPECT_EQ(refusal_with({{needed, -1}}), "not_authentic") << needed;
    EXPECT_EQ(refusal_with({{needed, 1.5}}), "not_authentic") << needed;
  }
  for (const Json& wrong : {Json{{"nonce", 1}},
                            Json{{"amount", 12.5}},
                            Json{{"amount", {{"minor_units", 12.5}}}},
                            Json{{"amount", {{"minor_units", -1}}}},
                            Json{{"amount", {{"currency", "eur"}}}},
                            Json{{"amount", {{"currency", "EURO"}}}},
                            Json{{"amount", {{"minor_units", 9'007'199'254'740'992}}}},
                            Json{{"amount", {{"minor_units", nullptr}}}},
                            Json{{"head", {{"sha256", "aa"}}}},
                            Json{{"head", {{"sha256", std::string(64, 'A')}}}},
                            Json{{"head", {{"sequence", "7"}}}},
                            Json{{"threshold", "0.5"}},
                            Json{{"threshold", 1.5}},
                            Json{{"fmr", 2}},
                            Json{{"sequence", 1}},
                            Json{{"prev", std::string(64, 'a')}},
                            Json{{"policy", "aa"}},
                            Json{{"jti", "short"}},
                            Json{{"jti", "AAECAwQFBgcICQoLDA0ODx"}},
                            Json{{"decision", "unnamed"}},
                            Json{{"decision", "perhaps"}},
                            Json{{"reason", "because"}},
                            Json{{"reason", "no_candidate"}},
                            Json{{"decision", "step_up"}, {"sub", nullptr}},
                            Json{{"nbf", "soon"}},
                            Json{{"exp", 1e300}},
                            Json{{"terminal", "t\x01"}},
                            Json{{"terminal", std::string(257, 't')}}}) {
    EXPECT_EQ(refusal_with(wrong), "not_authentic") << wrong;
  }
  EXPECT_EQ(refusal_with({{"later_claim", {{"of", "a newer version"}}}}), "taken");
}

TEST_F(Verifier, RefusesAGrantOfNobodyAndADenialThatNamesSomebody) {
  EXPECT_EQ(refusal_with({{"sub", nullptr}}), "not_authentic");
  EXPECT_EQ(refusal_with({{"decision", "denied"}, {"reason", "no_candidate"}}), "not_authentic");
  EXPECT_EQ(refusal_with({{"decision", "denied"}, {"reason", "no_candidate"}, {"sub", nullptr}}),
            "taken");
}

TEST_F(Verifier, TakesAReceiptUntilItExpiresAndItsLeewayIsOver) {
  const std::string token = desk.token(Desk::claims());
  desk.now = Desk::kNow + 150;
  EXPECT_EQ(refusal(token), "taken");
  desk.now = Desk::kNow + 151;
  EXPECT_EQ(refusal(token), "expired");
  desk.now = Desk::kNow - 30;
  EXPECT_EQ(refusal(token), "taken");
  desk.now = Desk::kNow - 31;
  EXPECT_EQ(refusal(token), "expired");
  desk.now = Desk::kNow;
  EXPECT_EQ(refusal_with({{"nbf", Desk::kNow + 30}}), "taken");
  EXPECT_EQ(refusal_with({{"nbf", Desk::kNow + 31}}), "expired");
  EXPECT_EQ(refusal_with({{"exp", Desk::kNow - 1}}), "not_authentic");
}

TEST_F(Verifier, RefusesWhatIsForOthers) {
  EXPECT_EQ(refusal_with({{"aud", "https://canteen.example"}}), "foreign");
  EXPECT_EQ(refusal_with({{"aud", {Desk::kParty}}}), "not_authentic");
  EXPECT_EQ(refusal_with({{"iss", "https://other.example"}}), "foreign");
  const std::string token = desk.token(Desk::claims());
  EXPECT_EQ(refusal(token, {.nonce = "n-1"}), "taken");
  EXPECT_EQ(refusal(token, {.nonce = "n-2"}), "foreign");
  EXPECT_EQ(refusal(token, {.nonce = ""}), "invalid_argument");
  EXPECT_EQ(refusal(token, {.amount = Amount{1250, "EUR"}}), "taken");
  EXPECT_EQ(refusal(token, {.amount = Amount{1251, "EUR"}}), "foreign");
  EXPECT_EQ(refusal(token, {.amount = Amount{1250, "USD"}}), "foreign");
  Json bare = Desk::claims();
  bare.erase("nonce");
  bare.erase("amount");
  EXPECT_EQ(refusal(desk.token(bare), {.nonce = "n-1"}), "foreign");
  EXPECT_EQ(refusal(desk.token(bare), {.amount = Amount{0, "EUR"}}), "foreign");
}

/// One trusted issuer cannot speak for the other.
TEST_F(Verifier, BelievesAnIssuerByItsOwnKeyAlone) {
  Desk other;
  other.key = Desk::key_of(9);
  ReceiptVerifierOptions options = desk.options();
  options.keys.push_back({"https://other.example", other.jwk()});
  const ReceiptVerifier verifier(options);
  EXPECT_EQ(verifier.verify(desk.token(Desk::claims())).claims().issuer, Desk::kIssuer);
  EXPECT_ERRC(verifier.verify(other.token(Desk::claims())), Errc::foreign);
  Json theirs = Desk::claims();
  theirs["iss"] = "https://other.example";
  EXPECT_EQ(verifier.verify(other.token(theirs)).claims().issuer, "https://other.example");
  EXPECT_ERRC(verifier.verify(desk.token(theirs)), Errc::foreign);
}

TEST_F(Verifier, FindsAKeyByTheIdThatItWasGiven) {
  ReceiptVerifierOptions options = desk.options();
  Json jwk = Json::parse(desk.jwk());
  jwk["kid"] = "gate-2026";
  jwk["use"] = "sig";
  jwk["alg"] = "EdDSA";
  options.keys[0].jwk = jwk.dump();
  const ReceiptVerifier verifier(options);
  Json header = desk.header();
  EXPECT_ERRC(verifier.verify(desk.token(header, Desk::claims())), Errc::not_authentic);
  header["kid"] = "gate-2026";
  EXPECT_EQ(verifier.verify(desk.token(header, Desk::claims())).claims().terminal, "till-3");
}

TEST_F(Verifier, RefusesKeysThatAreNone) {
  const auto refused_with = [&](const Json& changes) {
    ReceiptVerifierOptions options = desk.options();
    Json jwk = Json::parse(desk.jwk());
    jwk.merge_patch(changes);
    options.keys[0].jwk = jwk.dump();
    EXPECT_ERRC(ReceiptVerifier{options}, Errc::invalid_argument);
  };
  for (const Json& changes :
       {Json{{"kty", "EC"}}, Json{{"kty", nullptr}}, Json{{"crv", "X25519"}}, Json{{"x", "AAAA"}},
        Json{{"x", nullptr}}, Json{{"d", "AAAA"}}, Json{{"use", "enc"}}, Json{{"alg", "HS256"}},
        Json{{"kid", ""}}, Json{{"k", "AAAA"}}}) {
    SCOPED_TRACE(changes.dump());
    refused_with(changes);
  }
  ReceiptVerifierOptions options = desk.options();
  options.keys.push_back(options.keys[0]);
  EXPECT_ERRC(ReceiptVerifier{options}, Errc::invalid_argument);
  options.keys.clear();
  EXPECT_ERRC(ReceiptVerifier{options}, Errc::invalid_argument);
  options = desk.options();
  options.leeway_s = 301;
  EXPECT_ERRC(ReceiptVerifier{options}, Errc::invalid_argument);
  options = desk.options();
  options.relying_party.clear();
  EXPECT_ERRC(ReceiptVerifier{options}, Errc::invalid_argument);
}

}  // namespace
}  // namespace morgiana
