#include "gallery/take_out.hpp"

#include <array>
#include <set>
#include <string>

#include "gallery/clock.hpp"
#include "gallery/enrolled.hpp"
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
  change.freed_slots.push_back(row.slot);
}

}  // namespace morgiana
