#include "gallery/renew.hpp"

#include <vector>

#include "gallery/add_subjects.hpp"
#include "gallery/enrolled.hpp"
#include "gallery/key_move.hpp"
#include "gallery/recode.hpp"
#include "gallery/reference_reader.hpp"
#include "gallery/take_out.hpp"
#include "morgiana/error.hpp"
#include "parallel/run.hpp"

namespace morgiana {
namespace {

/// Few enough that an enrolment waits for some ten milliseconds.
constexpr std::size_t kSome = 256;
constexpr std::size_t kMostReferences = 512;

/// The references of a subject as they are: a template of unit norm is kept bit for bit.
Enrolment read_again(const Parts& parts, const store::Snapshot& snapshot,
                     const store::SubjectRow& row) {
  ReferenceReader reader(snapshot, parts.vault);
  Enrolment enrolment{row.id, {}, {row.cohorts}};
  for (std::uint32_t number = 0; number <= kMaxReferenceNumber; ++number) {
    const auto values = reader.read(reference_key(row.subject_key, number));
    if (values.empty()) break;
    enrolment.references.emplace_back(parts.vault.gallery().model, values);
  }
  return enrolment;
}

/// Takes some subjects out and adds them again, under new numbers and keys.
KeyBatch renew_some(Parts& parts, Change& change, std::uint64_t after_key,
                    const Execution& execution) {
  const store::Snapshot snapshot = parts.database.snapshot();
  const std::uint32_t current = parts.vault.keys().current()->current().id;
  KeyBatch batch{after_key};
  std::vector<SubjectId> ids;
  const std::vector<store::OwnedSlot> some = snapshot.owned_slots(after_key, kSome);
  batch.is_end = some.empty();
  const auto view = parts.index.view();
  std::uint64_t num_read = 0;
  for (const auto& [subject_key, slot] : some) {
    if (num_read >= kMostReferences) break;
    seal::KeySlot wrapped;
    snapshot.slot(slot, wrapped);
    batch.last_key = subject_key;
    if (seal::wrapping_key_id(wrapped) == current) continue;
    ++batch.num_seen;
    num_read += num_references(*view, subject_key);
    const auto row = snapshot.subject(subject_key);
    parts.vault.check_row(*row);
    ids.emplace_back(row->id);
  }
  if (ids.empty()) return batch;
  const std::vector<store::SubjectRow> rows =
      find_rows(parts, snapshot, ids, "the renewal goes no further");
  std::vector<Enrolment> enrolments;
  for (const store::SubjectRow& row : rows) {
    enrolments.push_back(read_again(parts, snapshot, row));
  }
  std::vector<Addition> additions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    additions.push_back({&enrolments[i], rows[i].generation + 1, rows[i].enrolled_at_s});
  }
  take_out(change, snapshot, rows);
  add_subjects(change, additions, {.execution = execution});
  batch.num_moved = rows.size();
  return batch;
}

}  // namespace

Renewal renew(Parts& parts, const RenewOptions& options) {
  parallel::num_threads(options.execution);
  const store::FileLock keys(parts.paths.lock, store::LockFor::changing_keys);
  const auto move_some = [&](Change& change, std::uint64_t after_key) {
    return renew_some(parts, change, after_key, options.execution);
  };
  const auto next = [](const seal::Keyset& stored) { return std::optional(stored.renewed()); };
  const KeyRotation moved = KeyMove(parts, options.progress).run(next, move_some);
  recode(parts, options.execution);
  if (moved.old_keys == Erasure::pending) {
    throw Error(Errc::locked, "everybody in " + parts.paths.database +
                                  " has a new key, and the old wrapping keys are still there, as a "
                                  "search or a backup reads an older state; purge when it has "
                                  "ended");
  }
  return {moved.num_rewrapped, moved.is_overwritten};
}

}  // namespace morgiana
