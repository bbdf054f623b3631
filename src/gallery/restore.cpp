#include "gallery/restore.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gallery/anchor_newest.hpp"
#include "gallery/backup.hpp"
#include "gallery/change.hpp"
#include "gallery/erasure.hpp"
#include "gallery/open.hpp"
#include "gallery/take_out.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

/// In the place of a time, of a number that nobody has had in this gallery.
constexpr std::int64_t kNeverHere = 0;

std::vector<store::SubjectRow> enrolled_among(const store::Snapshot& snapshot,
                                              const std::set<std::uint64_t>& subject_keys) {
  std::vector<store::SubjectRow> rows;
  for (const std::uint64_t subject_key : subject_keys) {
    if (auto row = snapshot.subject(subject_key)) rows.push_back(std::move(*row));
  }
  return rows;
}

/// Takes out who was revoked since, and gives no number again that was given since.
std::vector<SubjectId> take_up(Parts& parts, const Anchored::Held& held) {
  std::vector<SubjectId> revoked;
  parts.queue.run(
      parts, {.sync = store::Sync::at_commit, .sees_all_before = true}, [&](Change& change) {
        const store::Snapshot snapshot = parts.database.snapshot();
        const auto rows = enrolled_among(snapshot, held.revoked);
        if (!rows.empty() && rows.size() == parts.committed().num_subjects) {
          throw Error(Errc::not_found,
                      "everybody in the backup was removed, updated or renewed since it was made; "
                      "nothing was restored");
        }
        take_out(change, snapshot, rows);
        CommitHead& head = change.head;
        // Behind all that were given out, and one more, so that it is no state of the old gallery.
        const std::uint64_t last_revoked = held.revoked.empty() ? 0 : *held.revoked.rbegin();
        const std::uint64_t first_new =
            std::max({head.next_subject_key, held.head.next_subject_key, last_revoked + 1}) + 1;
        while (head.next_subject_key < first_new) {
          change.transaction.note_revoked(head.next_subject_key++, head.sequence, kNeverHere);
        }
        if (head.keyset_generation == held.head.keyset_generation) {
          head.num_wraps = std::max(head.num_wraps, held.head.num_wraps);
        }
        revoked.clear();  // of a try before
        for (const store::SubjectRow& row : rows) revoked.emplace_back(row.id);
      });
  std::sort(revoked.begin(), revoked.end());
  return revoked;
}

}  // namespace

Restoration restore(const GalleryPaths& backup, const GalleryPaths& to,
                    const RestoreOptions& options) {
  store::FileLock lock =
      copy_gallery(backup, store::Database::follow(backup.database), to, {options.progress});
  std::unique_ptr<Parts> parts;  // with the lock, until what was made is discarded
  try {
    parts =
        open_parts(to, std::move(lock),
                   {.key = options.key, .execution = options.execution, .refusals = std::nullopt});
    Restoration restoration{0, {}};
    replace_anchored(*parts, options.anchor, [&](const Anchored::Held& held) {
      restoration.revoked = take_up(*parts, held);
      finish_erasures(*parts);
    });
    restoration.num_subjects = parts->committed().num_subjects;
    return restoration;
  } catch (...) {
    discard_files(to);
    throw;
  }
}

}  // namespace morgiana
