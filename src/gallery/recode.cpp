#include "gallery/recode.hpp"

#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "gallery/follow.hpp"
#include "gallery/load.hpp"

namespace morgiana {
namespace {

/// The codes of a gallery that goes on changing: most of them of one state, the rest within the
/// writer's turn.
class Recoding {
 public:
  Recoding(Parts& parts, std::shared_ptr<const seal::Keyset> keyset, const Execution& execution)
      : parts_(parts),
        keyset_(std::move(keyset)),
        fresh_(parts.index.view()->layout(), parts.rotation_of(*keyset_)),
        deadline_(execution.deadline) {}

  void run() {
    CommitHead first;
    index::Draft draft = fresh_.draft();
    std::vector<Loaded> subjects;
    {
      const store::Snapshot snapshot = parts_.database.snapshot();
      first = read_head(parts_, snapshot);
      Loader loader(parts_, snapshot, std::move(draft), &secrets_);
      loader.read(0, kMaxSubjectKey, deadline_);
      subjects = std::move(loader.subjects);
      draft = std::move(loader.draft);
    }
    const std::lock_guard turn(parts_.write_turn);
    finish(first, std::move(subjects), std::move(draft));
  }

 private:
  /// What was committed since: who was taken out, and who came.
  void finish(const CommitHead& first, std::vector<Loaded> subjects, index::Draft draft) {
    const store::Snapshot snapshot = newest_records(parts_);
    const CommitHead head = parts_.committed();
    const std::vector<std::uint64_t> revoked = snapshot.revoked_since(first.sequence);
    const std::set<std::uint64_t> gone(revoked.begin(), revoked.end());
    for (const std::uint64_t subject_key : gone) {
      draft.erase(reference_key(subject_key, 0), reference_key(subject_key, kMaxReferenceNumber));
    }
    Loader loader(parts_, snapshot, std::move(draft), &secrets_);
    loader.read(first.next_subject_key, kMaxSubjectKey, deadline_);
    subjects.insert(subjects.end(), loader.subjects.begin(), loader.subjects.end());
    CommitHead found;
    for (const Loaded& subject : subjects) {
      if (gone.contains(subject.subject_key)) continue;
      found.state.add(subject.entry);
      ++found.num_subjects;
    }
    publish(head, found, std::move(loader.draft));
  }

  void publish(const CommitHead& head, CommitHead found, index::Draft draft) {
    found.num_references = draft.extent().num_references;
    check_state(parts_, head, found);
    parts_.index.publish(std::move(draft));
    parts_.coded_with = keyset_;
  }

  Parts& parts_;
  std::shared_ptr<const seal::Keyset> keyset_;
  index::CodeIndex fresh_;
  IdProduct::Secrets secrets_;  // ids were held against their index when the gallery was opened
  parallel::Deadline deadline_;
};

bool has_same_rotation(const seal::Keyset& a, const seal::Keyset& b) {
  return seal::equal(seal::sha256(a.rotation_seed().bytes()),
                     seal::sha256(b.rotation_seed().bytes()));
}

}  // namespace

void recode(Parts& parts, const Execution& execution) {
  std::shared_ptr<const seal::Keyset> keyset = parts.vault.keys().current();
  {
    const std::lock_guard turn(parts.write_turn);
    if (has_same_rotation(*keyset, *parts.coded_with)) return;
  }
  Recoding(parts, std::move(keyset), execution).run();
}

}  // namespace morgiana
