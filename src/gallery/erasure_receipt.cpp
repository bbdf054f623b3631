#include "gallery/erasure_receipt.hpp"

#include <algorithm>
#include <cstdint>
#include <locale>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "gallery/clock.hpp"
#include "gallery/load.hpp"
#include "morgiana/error.hpp"
#include "seal/signature.hpp"

namespace morgiana {
namespace {

/// Without padding (RFC 4648, section 5).
std::string base64url(ByteView bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k <= count; ++k) text += kDigits[bits >> (18 - 6 * k) & 63U];
  }
  return text;
}

std::string base64url(std::string_view text) {
  return base64url(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

/// 8-4-4-4-12 (RFC 9562).
std::string dashed(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex(ByteView(&uuid[i], 1));
  }
  return text;
}

seal::SigningKey signing_key(const Parts& parts) {
  const auto keyset = parts.vault.keys().current();
  return seal::SigningKey(seal::derive(keyset->state_key(), "morgiana/erasure-receipt"));
}

/// The key of a keyset without a retiring one was made with the generation before.
bool are_keys_of_then_destroyed(const seal::Keyset& now, std::uint64_t generation_then) {
  return !now.has_retiring() && now.generation() > generation_then + 1;
}

bool are_erased(const std::vector<store::ErasureRow>& rows) {
  return std::all_of(rows.begin(), rows.end(),
                     [](const store::ErasureRow& row) { return row.erased_at_s.has_value(); });
}

/// When the last of them was; null in JSON while one is pending.
std::string time_of_erasure(const std::vector<store::ErasureRow>& rows) {
  if (!are_erased(rows)) return "null";
  std::int64_t last = 0;
  for (const store::ErasureRow& row : rows) last = std::max(last, row.erased_at_s.value_or(0));
  return std::to_string(last);
}

/// JSON of numbers, hexadecimal digits and the name of a model, none of which it would escape.
std::string statement(const Parts& parts, const store::Snapshot& snapshot, std::uint64_t commit,
                      const std::vector<store::ErasureRow>& rows, bool are_keys_destroyed) {
  const CommitHead head = read_head(parts, snapshot);
  const seal::GalleryIdentity& gallery = parts.vault.gallery();
  std::ostringstream json;
  json.imbue(std::locale::classic());  // no marks between thousands
  json << R"({"gallery":")" << dashed(gallery.uuid) << R"(","model":")" << gallery.model.name
       << R"(","commit":)" << commit << R"(,"subject_keys":[)";
  const char* comma = "";
  for (const store::ErasureRow& row : rows) json << std::exchange(comma, ",") << row.subject_key;
  json << R"(],"revoked_at":)" << rows.front().revoked_at_s << R"(,"erased_at":)"
       << time_of_erasure(rows) << R"(,"wrapping_keys_destroyed":)" << std::boolalpha
       << are_keys_destroyed << R"(,"head":{"sequence":)" << head.sequence << R"(,"sha256":")"
       << hex(seal::sha256(parts.vault.encode(head))) << R"("},"iat":)" << now_s() << "}";
  return json.str();
}

std::string signed_by(const seal::SigningKey& key, std::string_view payload) {
  const std::string signing_input =
      base64url(std::string_view(R"({"alg":"EdDSA","typ":"erasure-receipt+jws"})")) + "." +
      base64url(payload);
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(signing_input.data()),
                       signing_input.size());
  return signing_input + "." + base64url(ByteView(key.sign(bytes)));
}

}  // namespace

ErasureReceipt erasure_receipt(const Parts& parts, const store::Snapshot& snapshot,
                               std::uint64_t commit) {
  const std::vector<store::ErasureRow> rows = snapshot.erasures_of(commit);
  const Bytes then = snapshot.head(commit);
  if (rows.empty() || then.empty()) {
    throw Error(Errc::not_found, "commit " + std::to_string(commit) + " of " +
                                     parts.paths.database + " revoked nobody");
  }
  const bool is_destroyed = are_keys_of_then_destroyed(*parts.vault.keys().current(),
                                                       parts.vault.decode(then).keyset_generation);
  return {
      .num_subjects = rows.size(),
      .is_erased = are_erased(rows),
      .are_wrapping_keys_destroyed = is_destroyed,
      .jws = signed_by(signing_key(parts), statement(parts, snapshot, commit, rows, is_destroyed))};
}

std::string receipt_key(const Parts& parts) {
  return R"({"kty":"OKP","crv":"Ed25519","x":")" +
         base64url(ByteView(signing_key(parts).public_key())) + R"("})";
}

}  // namespace morgiana
