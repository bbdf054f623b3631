#include "seal/token.hpp"

#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "morgiana/error.hpp"
#include "seal/token_module.hpp"
#include "seal/token_objects.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

constexpr std::string_view kLabel = "morgiana/token-kek";

using Tag = std::array<std::uint8_t, SecretKey::kBytes>;

std::vector<CK_OBJECT_HANDLE> find(const TokenSession& session, std::string label) {
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  return find_objects(session, {attribute(CKA_CLASS, secret), attribute(CKA_LABEL, label)},
                      "looking for a key");
}

Tag sign(const TokenSession& session, CK_OBJECT_HANDLE key, Bytes message) {
  CK_MECHANISM hmac{CKM_SHA256_HMAC, nullptr, 0};
  CK_FUNCTION_LIST& module = session.module();
  Tag tag{};
  CK_ULONG num_bytes = tag.size();
  require_token(module.C_SignInit(session.get(), &hmac, key), "asking the token for HMAC-SHA-256");
  require_token(
      module.C_Sign(session.get(), message.data(), message.size(), tag.data(), &num_bytes),
      "HMAC-SHA-256 by the token");
  if (num_bytes != tag.size()) {
    throw Error(Errc::token_failed, "the token's HMAC-SHA-256 has " + std::to_string(num_bytes) +
                                        " bytes instead of 32");
  }
  return tag;
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// A key that lasts as long as the session; none where the token takes no key from outside.
std::optional<CK_OBJECT_HANDLE> import(const TokenSession& session, Bytes value) {
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_GENERIC_SECRET;
  CK_BBOOL no = CK_FALSE;
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE wanted[] = {attribute(CKA_CLASS, secret), attribute(CKA_KEY_TYPE, type),
                           attribute(CKA_TOKEN, no), attribute(CKA_SIGN, yes),
                           attribute(CKA_VALUE, value)};
  CK_OBJECT_HANDLE key = 0;
  const CK_RV code =
      session.module().C_CreateObject(session.get(), wanted, std::size(wanted), &key);
  if (code != CKR_OK) return std::nullopt;
  return key;
}

void check_known_answer(const TokenSession& session, CK_OBJECT_HANDLE key) {
  // Of 32 bytes 0x0b, by another implementation. RFC 4231 has shorter keys, which tokens refuse.
  constexpr Tag kAnswer{0x19, 0x8a, 0x60, 0x7e, 0xb4, 0x4b, 0xfb, 0xc6, 0x99, 0x03, 0xa0,
                        0xf1, 0xcf, 0x2b, 0xbd, 0xc5, 0xba, 0x0a, 0xa3, 0xf3, 0xd9, 0xae,
                        0x3c, 0x1c, 0x7a, 0x3b, 0x16, 0x96, 0xa0, 0xb6, 0x8c, 0xf7};
  if (sign(session, key, bytes_of("Hi There")) != kAnswer) {
    throw Error(Errc::token_failed,
                "the token's HMAC-SHA-256 gives a wrong answer; it is not used");
  }
}

CK_OBJECT_HANDLE only_key(const TokenSession& session, const std::string& token,
                          const std::string& label) {
  const std::vector<CK_OBJECT_HANDLE> found = find(session, label);
  if (found.size() == 1) return found.front();
  throw Error(
      Errc::token_failed,
      "token '" + token + "' has " + (found.empty() ? "no key '" : "several keys '") + label + "'");
}

}  // namespace

TokenKey::TokenKey(std::string module, std::string token, std::string key, std::string_view pin)
    : login_(std::move(module), std::move(token), pin), key_(std::move(key)) {}

LockedKey TokenKey::derive(const std::array<std::uint8_t, 32>& salt) const {
  const std::lock_guard lock(token_turn());
  const TokenSession session = login_.session(TokenAccess::read_only);
  Bytes message = bytes_of(kLabel);
  message.insert(message.end(), salt.begin(), salt.end());
  Tag tag = sign(session, only_key(session, token(), key_), std::move(message));
  LockedKey derived{SecretKey(tag)};
  wipe(tag.data(), tag.size());
  return derived;
}

void TokenKey::create() const {
  const std::lock_guard lock(token_turn());
  const TokenSession session = login_.session(TokenAccess::read_write);
  if (!find(session, key_).empty()) {
    throw Error(Errc::already_exists,
                "token '" + token() + "' has a key '" + key_ + "' already; nothing was changed");
  }
  CK_MECHANISM generate{CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
  CK_ULONG num_bytes = SecretKey::kBytes;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  std::string label = key_;
  CK_ATTRIBUTE wanted[] = {attribute(CKA_VALUE_LEN, num_bytes),
                           attribute(CKA_LABEL, label),
                           attribute(CKA_TOKEN, yes),
                           attribute(CKA_PRIVATE, yes),
                           attribute(CKA_SENSITIVE, yes),
                           attribute(CKA_EXTRACTABLE, no),
                           attribute(CKA_SIGN, yes)};
  CK_OBJECT_HANDLE key = 0;
  require_token(
      session.module().C_GenerateKey(session.get(), &generate, wanted, std::size(wanted), &key),
      "making key '" + key_ + "' in token '" + token() + "'");
}

void TokenKey::probe() const {
  const std::lock_guard lock(token_turn());
  const TokenSession session = login_.session(TokenAccess::read_only);
  const CK_OBJECT_HANDLE own = only_key(session, token(), key_);
  if (const auto known = import(session, Bytes(SecretKey::kBytes, 0x0b)))
    check_known_answer(session, *known);
  if (sign(session, own, bytes_of("morgiana")) != sign(session, own, bytes_of("morgiana"))) {
    throw Error(Errc::token_failed, "the token's HMAC-SHA-256 gives two answers; it is not used");
  }
}

}  // namespace morgiana::seal
