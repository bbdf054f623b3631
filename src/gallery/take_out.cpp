#include "gallery/take_out.hpp"

#include <array>
#include <optional>
#include <set>
#include <string>

#include "gallery/clock.hpp"
#include "gallery/enrolled.hpp"
#include "gallery/plaintext.hpp"
#include "morgiana/error.hpp"

namespace morgiana {

std::vector<store::SubjectRow> find_rows(const Parts& parts, const store::Snapshot& snapshot,
                                         std::span<const SubjectId> subjects,
                                         std::string_view undone) {
  const auto view = parts.index.view();
  std::vector<store::SubjectRow> rows;
  for (const SubjectId& subject : std::set<SubjectId>(subjects.begin(), subjects.end())) {
    if (!find_enrolled(parts, *view, snapshot, subject)) {
      throw Error(Errc::unknown_subject,
                  "subject '" + subject.str() + "' is not enrolled; " + std::string(undone));
    }
    rows.push_back(*snapshot.subject(subject.str()));
  }
  return rows;
}

namespace {

/// What a subject adds to the state, by its records; none where these are not what was enrolled.
std::optional<seal::Digest> entry_of(const Parts& parts, const store::Snapshot& snapshot,
                                     const store::SubjectRow& row) {
  try {
    parts.vault.check_row(row);
    seal::KeySlot wrapped;
    snapshot.slot(row.slot, wrapped);
    Vault::Opener opener(parts.vault);
    const seal::SecretKey key = opener.unwrap(row.subject_key, row.slot, wrapped);
    SubjectEntry entry(row);
    Plaintext values(parts.dim());
    std::uint64_t count = 0;
    snapshot.for_each_reference(reference_key(row.subject_key, 0),
                                reference_key(row.subject_key, kMaxReferenceNumber),
                                [&](std::uint64_t reference, ByteView sealed) {
                                  opener.open(key, reference, sealed, values.span());
                                  entry.add_reference(number_of(reference), sealed);
                                  ++count;
                                });
    if (count != num_references(*parts.index.view(), row.subject_key)) return std::nullopt;
    return parts.vault.entry_digest(entry);
  } catch (const Error& error) {
    if (error.code() != Errc::not_authentic) throw;
    return std::nullopt;
  }
}

/// What all subjects but these add to the committed state.
StateSum state_without(const Parts& parts, const store::Snapshot& snapshot,
                       const std::set<std::uint64_t>& damaged) {
  std::vector<store::SubjectRow> rows;
  snapshot.for_each_record(
      0, kMaxSubjectKey, [&](const store::SubjectRow& row) { rows.push_back(row); },
      [](std::uint64_t, ByteView) {});
  StateSum sum;
  for (const store::SubjectRow& row : rows) {
    if (damaged.contains(row.subject_key) ||
        num_references(*parts.index.view(), row.subject_key) == 0)
      continue;
    const auto entry = entry_of(parts, snapshot, row);
    if (!entry) {
      throw Error(Errc::not_authentic,
                  "the records of subject '" + row.id +
                      "' are damaged as well; remove all whose records are, in one call");
    }
    sum.add(*entry);
  }
  return sum;
}

}  // namespace

void take_out(Change& change, const store::Snapshot& snapshot,
              std::span<const store::SubjectRow> rows) {
  Parts& parts = change.parts;
  std::set<std::uint64_t> damaged;
  for (const store::SubjectRow& row : rows) {
    if (const auto entry = entry_of(parts, snapshot, row)) {
      change.head.state.subtract(*entry);
    } else {
      damaged.insert(row.subject_key);
    }
  }
  if (!damaged.empty()) {  // what is missing of the committed state is theirs
    StateSum theirs = parts.committed().state;
    theirs.subtract(state_without(parts, snapshot, damaged).bytes());
    change.head.state.subtract(theirs.bytes());
  }
  for (const store::SubjectRow& row : rows) {
    change.head.num_references -= num_references(*parts.index.view(), row.subject_key);
    change.head.num_subjects -= 1;
    std::array<std::uint8_t, store::kSlotBytes> noise;
    seal::fill_random(noise);
    change.transaction.write_slot(row.slot, noise);
    change.transaction.delete_subject(row.subject_key, change.head.sequence, now_s());
    change.draft.erase(reference_key(row.subject_key, 0),
                       reference_key(row.subject_key, kMaxReferenceNumber));
    change.freed_slots.push_back(row.slot);
  }
}

}  // namespace morgiana
