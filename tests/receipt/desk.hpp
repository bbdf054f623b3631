#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "morgiana/receipt.hpp"
#include "seal/base64url.hpp"
#include "seal/jws.hpp"

namespace morgiana {

/// Who issues receipts without a gallery, by hand, and who verifies them: so that what a verifier
/// refuses is signed as well as what it takes.
struct Desk {
  static constexpr std::int64_t kNow = 1'700'000'000;
  static constexpr const char* kIssuer = "https://campus.example/gate";
  static constexpr const char* kParty = "https://cafeteria.example";

  using Json = nlohmann::json;

  static seal::SigningKey key_of(std::uint8_t seed) {
    std::array<std::uint8_t, seal::SecretKey::kBytes> bytes{};
    bytes.fill(seed);
    return seal::SigningKey(seal::SecretKey(bytes));
  }

  std::string jwk() const { return seal::public_jwk(key.public_key()); }

  Json header() const {
    return {{"alg", "Ed25519"},
            {"kid", seal::thumbprint(key.public_key())},
            {"typ", "decision-receipt+jwt"}};
  }

  static Json claims() {
    return {{"jti", "AAECAwQFBgcICQoLDA0ODw"},
            {"iss", kIssuer},
            {"aud", kParty},
            {"terminal", "till-3"},
            {"iat", kNow},
            {"exp", kNow + 120},
            {"decision", "granted"},
            {"reason", "accepted"},
            {"sub", "7mYbq0a7cG2Xg0eZcVdLr4oFQ0p2uBz7y1mZxq0n5Ss"},
            {"threshold", 0.5},
            {"fmr", 1e-6},
            {"gallery", "00112233-4455-6677-8899-aabbccddeeff"},
            {"model", "sface-2021dec"},
            {"tier", "avx2"},
            {"head", {{"sequence", 7}, {"sha256", std::string(64, 'a')}}},
            {"nonce", "n-1"},
            {"amount", {{"minor_units", 1250}, {"currency", "EUR"}}}};
  }

  /// Of texts as they are.
  std::string token(const std::string& header_text, const std::string& payload) const {
    return seal::sign_compact(key, header_text, payload);
  }
  std::string token(const Json& header_json, const Json& payload) const {
    return token(header_json.dump(), payload.dump());
  }
  std::string token(const Json& payload) const { return token(header(), payload); }

  ReceiptVerifierOptions options() const {
    return {.keys = {{kIssuer, jwk()}}, .relying_party = kParty, .leeway_s = 30, .clock = [this] {
              return now;
            }};
  }
  ReceiptVerifier verifier() const { return ReceiptVerifier(options()); }

  seal::SigningKey key = key_of(7);
  std::int64_t now = kNow;
};

}  // namespace morgiana
