#include "gallery/remove.hpp"

#include <array>
#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gallery/change.hpp"
#include "gallery/clock.hpp"
#include "gallery/enrolled.hpp"
#include "gallery/erasure.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

std::vector<store::SubjectRow> find_rows(const Parts& parts, const store::Snapshot& snapshot,
                                         std::span<const SubjectId> subjects) {
  const auto view = parts.index.view();
  std::vector<store::SubjectRow> rows;
  for (const SubjectId& subject : std::set<SubjectId>(subjects.begin(), subjects.end())) {
    if (!find_enrolled(parts, *view, snapshot, subject)) {
      throw Error(Errc::unknown_subject,
                  "subject '" + subject.str() + "' is not enrolled; nobody was removed");
    }
    rows.push_back(*snapshot.subject(subject.str()));
  }
  return rows;
}

void take_out(Change& change, const store::Snapshot& snapshot, const store::SubjectRow& row) {
  const std::uint64_t first = reference_key(row.subject_key, 0);
  const std::uint64_t last = reference_key(row.subject_key, kMaxReferenceNumber);
  SubjectEntry entry(row);
  snapshot.for_each_reference(first, last, [&](std::uint64_t reference, ByteView sealed) {
    entry.add_reference(number_of(reference), sealed);
    change.head.num_references -= 1;
  });
  change.head.state.subtract(change.parts.vault.entry_digest(entry));
  change.head.num_subjects -= 1;

  std::array<std::uint8_t, store::kSlotBytes> noise;
  seal::fill_random(noise);
  change.transaction.write_slot(row.slot, noise);
  change.transaction.delete_subject(row.subject_key, change.head.sequence, now_s());
  change.draft.erase(first, last);
}

/// The subjects are revoked by now, and the caller must hear that: a disk that fails here, or a
/// lack of memory, leaves their erasure pending, as a search that pins the log does.
bool erase_now(Parts& parts) {
  const std::lock_guard turn(parts.write_mutex);
  try {
    return finish_erasures(parts);
  } catch (const std::exception&) {  // an Error, or no memory
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
    rows = find_rows(parts, snapshot, subjects);
    for (const store::SubjectRow& row : rows) take_out(change, snapshot, row);
    std::vector<std::uint64_t> freed;  // before the commit, behind which nothing may fail
    for (const store::SubjectRow& row : rows) freed.push_back(row.slot);
    change.commit();
    parts.slots.give_back(freed);
  }
  return {rows.size(), erase_now(parts) ? Erasure::done : Erasure::pending};
}

}  // namespace morgiana
