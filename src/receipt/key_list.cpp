#include "receipt/key_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "morgiana/error.hpp"
#include "receipt/json.hpp"
#include "receipt/limits.hpp"
#include "seal/base64url.hpp"
#include "types/text.hpp"

namespace morgiana::receipt {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 2> kTypes{{
    {Kind::receipt, "decision-receipt+jwt"},
    {Kind::checkpoint, "receipt-checkpoint+jwt"},
}};
constexpr std::string_view kAlgorithm = "Ed25519";     // RFC 9864
constexpr std::string_view kOlderAlgorithm = "EdDSA";  // RFC 8037; with a key of Ed25519 the same

[[noreturn]] void refuse_key(const std::string& why) {
  throw Error(
      Errc::invalid_argument,
      "a trusted key is a JSON Web Key of a public key of Ed25519 (RFC 8037); this one " + why);
}

/// Members that a key may have besides, and what they must be then.
void check_uses(const json::Value& jwk) {
  const auto is = [](const json::Value& value, std::string_view text) {
    return value.kind == json::Value::Kind::text && value.text == text;
  };
  for (const auto& [name, value] : jwk.fields) {
    if (name == "d") refuse_key("is private: keep it where it signs, and trust its public one");
    const bool is_known = name == "kty" || name == "crv" || name == "x" || name == "kid" ||
                          (name == "use" && is(value, "sig")) ||
                          (name == "alg" && (is(value, kAlgorithm) || is(value, kOlderAlgorithm)));
    if (!is_known) refuse_key("has another member or use");
  }
}

struct Header {
  std::string algorithm;
  std::string key_id;
  std::string type;
};

/// All of its members, and no others: crit, jwk, jku, x5u, x5c and b64 among those.
std::optional<Header> read_header(std::string_view encoded) {
  const std::optional<Bytes> bytes = seal::from_base64url(encoded);
  const std::optional<json::Value> object = bytes ? parse_object(*bytes) : std::nullopt;
  if (!object || object->fields.size() != 3) return std::nullopt;
  Header header;
  for (const auto& [name, into] :
       {std::pair("alg", &header.algorithm), std::pair("kid", &header.key_id),
        std::pair("typ", &header.type)}) {
    const json::Value* const found = object->find(name);
    if (found == nullptr || found->kind != json::Value::Kind::text) return std::nullopt;
    *into = found->text;
  }
  return header;
}

[[noreturn]] void refuse(const char* why) {
  throw Error(Errc::not_authentic, std::string("a receipt ") + why);
}

}  // namespace

std::string header(Kind kind, std::string_view key_id) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](const auto& one) { return one.first == kind; });
  return nlohmann::json{{"alg", kAlgorithm}, {"kid", key_id}, {"typ", type->second}}.dump();
}

KeyList::KeyList(const std::vector<TrustedKey>& keys) {
  if (keys.empty()) throw Error(Errc::invalid_argument, "no key is trusted");
  for (const TrustedKey& given : keys) {
    Named key = read(given);
    if (find(key.id) != nullptr) {
      throw Error(Errc::invalid_argument, "two trusted keys have the same id");
    }
    keys_.push_back(std::move(key));
  }
}

KeyList::Named KeyList::read(const TrustedKey& given) {
  const std::optional<json::Value> jwk = parse_object(given.jwk);
  if (!jwk) refuse_key("is no JSON object");
  check_uses(*jwk);
  const auto text = [&](const char* name) {
    const json::Value* const found = jwk->find(name);
    if (found == nullptr || found->kind != json::Value::Kind::text) {
      refuse_key(std::string("has no text ") + name);
    }
    return found->text;
  };
  if (text("kty") != "OKP" || text("crv") != kAlgorithm) refuse_key("is of another kind");
  const std::optional<Bytes> x = seal::from_base64url(text("x"));
  Named key{{}, given.issuer, {}};
  if (!x || x->size() != key.key.size()) refuse_key("has no 32 bytes");
  std::copy(x->begin(), x->end(), key.key.begin());
  key.id = jwk->find("kid") != nullptr ? text("kid") : seal::thumbprint(key.key);
  if (!is_printable(key.id, kMaxTextBytes)) refuse_key("has an id that is none");
  return key;
}

const KeyList::Named* KeyList::find(std::string_view id) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const Named& key) { return key.id == id; });
  return found == keys_.end() ? nullptr : &*found;
}

Authentic KeyList::authenticate(std::string_view jws) const {
  if (jws.size() > kMaxReceiptBytes) refuse("has more than 8192 bytes");
  const std::optional<seal::CompactJws> parts = seal::split_compact(jws);
  if (!parts) refuse("is no compact JSON Web Signature");
  const std::optional<Header> header = read_header(parts->header);
  if (!header) refuse("has another header than alg, kid and typ");
  if (header->algorithm != kAlgorithm && header->algorithm != kOlderAlgorithm) {
    refuse("is signed by another algorithm than Ed25519");
  }
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](const auto& one) { return one.second == header->type; });
  if (type == kTypes.end()) refuse("is of another type");
  const Named* key = find(header->key_id);
  if (key == nullptr) refuse("names a key that is not trusted");
  const std::optional<Bytes> signature = seal::from_base64url(parts->signature);
  if (!signature || !seal::verify(key->key, as_bytes(parts->signed_text), *signature)) {
    refuse("is not signed by the key that it names");
  }
  std::optional<Bytes> payload = seal::from_base64url(parts->payload);
  if (!payload) refuse("is signed and is no base64url");
  return {type->first, key->issuer, *std::move(payload)};
}

}  // namespace morgiana::receipt
