#include "receipt/claims.hpp"

#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "morgiana/error.hpp"
#include "receipt/json.hpp"
#include "receipt/limits.hpp"
#include "seal/base64url.hpp"
#include "seal/random.hpp"

namespace morgiana::receipt {
namespace {

using Json = nlohmann::json;  // to write

constexpr std::string_view kReceipt = "a receipt";
constexpr std::string_view kCheckpoint = "a checkpoint";

void put_if_any(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

json::Value parsed(ByteView payload, std::string_view what) {
  std::optional<json::Value> object = parse_object(payload);
  if (!object) {
    throw Error(Errc::not_authentic, std::string(what) +
                                         " is signed and is no JSON object, or one that readers "
                                         "could understand differently");
  }
  return *std::move(object);
}

/// The value of that name, whatever values the enumeration has by now.
template <class Value>
Value named(const Members& members, const char* claim, Value first) {
  const std::string text = members.text(claim, kMaxPartyBytes);
  for (int i = static_cast<int>(first); name(static_cast<Value>(i)) != "unnamed"; ++i) {
    if (name(static_cast<Value>(i)) == text) return static_cast<Value>(i);
  }
  members.refuse(claim);
}

std::optional<Threshold> threshold_of(const Members& members) {
  if (!members.has("threshold")) return std::nullopt;
  Threshold threshold{{static_cast<float>(members.real("threshold", -1, 1))}};
  if (members.has("fmr")) threshold.stands_for = Fmr{members.real("fmr", 0, 1)};
  return threshold;
}

std::optional<Amount> amount_of(const Members& members) {
  if (!members.has("amount")) return std::nullopt;
  const Members inner(members.object("amount"), "an amount");
  const Amount amount{static_cast<std::int64_t>(inner.number("minor_units")),
                      inner.text("currency", 3)};
  if (!morgiana::detail::is_valid(amount)) members.refuse("amount");
  return amount;
}

void read_times(const Members& members, ReceiptClaims& claims) {
  claims.issued_at_s = members.time("iat");
  if (members.has("nbf")) claims.not_before_s = members.time("nbf");
  claims.expires_at_s = members.time("exp");
}

/// A reason has one outcome; a receipt that grants says whom, and no other names anybody.
void read_decision(const Members& members, ReceiptClaims& claims) {
  claims.outcome = named(members, "decision", Outcome{});
  claims.reason = named(members, "reason", Reason{1});
  if (claims.outcome != outcome_of(claims.reason)) members.refuse("reason");
  claims.subject = members.text_if_any("sub", kMaxTextBytes);
  if ((claims.outcome == Outcome::granted) == claims.subject.empty()) members.refuse("sub");
  claims.threshold = threshold_of(members);
  if (members.has("fpir")) claims.risk = Fpir{members.real("fpir", 0, 1)};
  claims.calibration = members.text_if_any("calibration", kMaxTextBytes);
  claims.policy_sha256 = members.sha256_if_any("policy");
}

void read_gallery(const Members& members, ReceiptClaims& claims) {
  claims.gallery = members.text("gallery", kMaxTextBytes);
  claims.model = members.text("model", kMaxTextBytes);
  claims.tier = members.text("tier", kMaxTextBytes);
  const Members head(members.object("head"), "a head");
  claims.head_sequence = head.number("sequence");
  claims.head_sha256 = head.sha256("sha256");
}

/// Both or neither: of a log.
void read_place(const Members& members, ReceiptClaims& claims) {
  if (!members.has("sequence") && !members.has("prev")) return;
  claims.sequence = members.number("sequence");
  claims.previous_sha256 = members.sha256("prev");
}

}  // namespace

std::string encode(const ReceiptClaims& claims) {
  Json json;  // filled one by one: a list of pairs would be copied, pair by pair
  json["jti"] = claims.id;
  json["iss"] = claims.issuer;
  json["aud"] = claims.relying_party;
  json["terminal"] = claims.terminal;
  json["iat"] = claims.issued_at_s;
  json["exp"] = claims.expires_at_s;
  json["decision"] = name(claims.outcome);
  json["reason"] = name(claims.reason);
  json["gallery"] = claims.gallery;
  json["model"] = claims.model;
  json["tier"] = claims.tier;
  Json& head = json["head"];
  head["sequence"] = claims.head_sequence;
  head["sha256"] = claims.head_sha256;
  put_if_any(json, "sub", claims.subject);
  put_if_any(json, "calibration", claims.calibration);
  put_if_any(json, "policy", claims.policy_sha256);
  put_if_any(json, "nonce", claims.nonce);
  put_if_any(json, "prev", claims.previous_sha256);
  if (claims.not_before_s) json["nbf"] = *claims.not_before_s;
  if (claims.sequence) json["sequence"] = *claims.sequence;
  if (claims.threshold) json["threshold"] = claims.threshold->at_least.cosine;
  if (claims.threshold && claims.threshold->stands_for) {
    json["fmr"] = claims.threshold->stands_for->rate;
  }
  if (claims.risk) json["fpir"] = claims.risk->rate;
  if (claims.amount) {
    Json& amount = json["amount"];
    amount["minor_units"] = claims.amount->minor_units;
    amount["currency"] = claims.amount->currency;
  }
  return json.dump();
}

ReceiptClaims decode_claims(ByteView payload) {
  const json::Value object = parsed(payload, kReceipt);
  const Members members(object, kReceipt);
  ReceiptClaims claims{.id = members.random_id("jti"),
                       .issuer = members.text("iss", kMaxPartyBytes),
                       .relying_party = members.text("aud", kMaxPartyBytes),
                       .terminal = members.text("terminal", kMaxPartyBytes)};
  read_times(members, claims);
  read_decision(members, claims);
  read_gallery(members, claims);
  read_place(members, claims);
  claims.nonce = members.text_if_any("nonce", kMaxTextBytes);
  claims.amount = amount_of(members);
  return claims;
}

std::string encode(const Checkpoint& checkpoint) {
  return Json{{"iss", checkpoint.issuer},
              {"log", checkpoint.log},
              {"count", checkpoint.num_receipts},
              {"prev", checkpoint.previous_sha256},
              {"iat", checkpoint.issued_at_s}}
      .dump();
}

Checkpoint decode_checkpoint(ByteView payload) {
  const json::Value object = parsed(payload, kCheckpoint);
  const Members members(object, kCheckpoint);
  return {.log = members.random_id("log"),
          .issuer = members.text("iss", kMaxPartyBytes),
          .num_receipts = members.number("count"),
          .previous_sha256 = members.sha256("prev"),
          .issued_at_s = members.time("iat")};
}

std::string random_id() {
  std::array<std::uint8_t, 16> bits;
  seal::fill_random(bits);
  return seal::base64url(ByteView(bits));
}

}  // namespace morgiana::receipt
