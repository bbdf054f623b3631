#include "gallery/remove.hpp"

#include <array>
#include <set>
#include <string>
#include <vector>

#include "gallery/change.hpp"
#include "gallery/clock.hpp"
#include "gallery/erasure.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

std::vector<store::SubjectRow> find_rows(const store::Snapshot& snapshot, const Vault& vault,
                                         std::span<const SubjectId> subjects) {
  std::vector<store::SubjectRow> rows;
  for (const SubjectId& subject : std::set<SubjectId>(subjects.begin(), subjects.end())) {
    const auto row = snapshot.subject(subject.str());
    if (!row) {
      throw Error(Errc::unknown_subject,
                  "subject '" + subject.str() + "' is not enrolled; nobody was removed");
    }
    vault.check_row(*row);
    rows.push_back(*row);
  }
  return rows;
}

void take_out(Change& change, const store::Snapshot& snapshot, const store::SubjectRow& row) {
  const std::uint64_t first = store::reference_key(row.subject_key, 0);
  const std::uint64_t last = store::reference_key(row.subject_key, store::kMaxReferenceNumber);
  SubjectEntry entry(row);
  snapshot.for_each_reference(first, last, [&](std::uint64_t reference, ByteView sealed) {
    entry.add_reference(store::number_of(reference), sealed);
    change.head.num_references -= 1;
  });
  change.head.state.subtract(change.parts.vault.entry_digest(entry));
  change.head.num_subjects -= 1;

  std::array<std::uint8_t, store::kSlotBytes> noise;
  seal::fill_random(noise);
  change.transaction.write_slot(row.slot, noise);
  change.transaction.delete_subject(row.subject_key, now_s());
  change.draft.erase(first, last);
}

/// The subjects are revoked by now, and the caller must hear that: a disk that fails here leaves
/// their erasure pending, as a search that pins the log does.
bool erase_now(Parts& parts) {
  const std::lock_guard turn(parts.write_mutex);
  try {
    return finish_erasures(parts);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Removal remove(Parts& parts, std::span<const SubjectId> subjects) {
  if (subjects.empty()) throw Error(Errc::invalid_argument, "there is nobody to remove");
  std::vector<store::SubjectRow> rows;
  {
    Change change(parts);
    const store::Snapshot snapshot = parts.database.snapshot();
    rows = find_rows(snapshot, parts.vault, subjects);
    for (const store::SubjectRow& row : rows) take_out(change, snapshot, row);
    change.commit();
    for (const store::SubjectRow& row : rows) parts.slots.give_back(row.slot);
  }
  return {rows.size(), erase_now(parts) ? Erasure::done : Erasure::pending};
}

}  // namespace morgiana
