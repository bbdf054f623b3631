#include "gallery/revocation_ledger.hpp"

#include <algorithm>
#include <vector>

#include "morgiana/error.hpp"
#include "types/little_endian.hpp"

namespace morgiana {

namespace {

/// No subject has this number: an entry from which on all who are revoked are in the ledger.
constexpr std::uint64_t kBegun = 0;

}  // namespace

std::optional<std::set<std::uint64_t>> RevocationLedger::read() const {
  const Bytes bytes = anchor_.place().ledger()->read();
  std::set<std::uint64_t> subject_keys;
  bool is_authentic = bytes.size() % kEntryBytes == 0;
  for (ByteView rest = bytes; is_authentic && !rest.empty();) {
    const std::uint64_t subject_key = take(rest, 8);
    seal::Digest tag;
    std::copy_n(rest.begin(), tag.size(), tag.begin());
    rest = rest.subspan(tag.size());
    is_authentic = seal::equal(tag, vault_.revoked_tag(subject_key));
    subject_keys.insert(subject_key);
  }
  if (!is_authentic) {
    throw Error(Errc::anchor_failed,
                "the ledger of " + anchor_.name() +
                    " is damaged or of another gallery; move it away where no backup needs it, and "
                    "the next change begins another");
  }
  if (subject_keys.erase(kBegun) == 0) return std::nullopt;
  return subject_keys;
}

void RevocationLedger::bring_up(const store::Snapshot& snapshot) const {
  if (!is_kept()) return;
  std::vector<std::uint64_t> missing = snapshot.revoked_since(0);
  if (const auto known = read()) {
    std::erase_if(missing, [&](std::uint64_t subject_key) { return known->contains(subject_key); });
  } else {
    missing.push_back(kBegun);  // last: an append that was cut off has not begun it
  }
  append(missing);
}

void RevocationLedger::append(std::span<const std::uint64_t> subject_keys) const {
  if (subject_keys.empty()) return;
  Bytes entries;
  entries.reserve(subject_keys.size() * kEntryBytes);
  for (const std::uint64_t subject_key : subject_keys) {
    put(entries, subject_key, 8);
    const seal::Digest tag = vault_.revoked_tag(subject_key);
    entries.insert(entries.end(), tag.begin(), tag.end());
  }
  anchor_.place().ledger()->append(entries);
}

}  // namespace morgiana
