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
#include "seal/jws.hpp"
#include "types/hex.hpp"

namespace morgiana {
namespace {

constexpr std::string_view kHeader = R"({"alg":"EdDSA","typ":"erasure-receipt+jws"})";

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
  return {.num_subjects = rows.size(),
          .is_erased = are_erased(rows),
          .are_wrapping_keys_destroyed = is_destroyed,
          .jws = seal::sign_compact(signing_key(parts), kHeader,
                                    statement(parts, snapshot, commit, rows, is_destroyed))};
}

std::string receipt_key(const Parts& parts) {
  return seal::public_jwk(signing_key(parts).public_key());
}

}  // namespace morgiana
