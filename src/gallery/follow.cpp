#include "gallery/follow.hpp"

#include <string>
#include <utility>

#include "gallery/enrolled.hpp"
#include "gallery/descent.hpp"
#include "gallery/load.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

/// The difference between what is known and a newer state: who was removed, by the records of
/// erasures, and who was enrolled, as subject keys ascend. That no removal was left out is seen by
/// the sum of what is alive.
class Difference {
 public:
  Difference(Parts& parts, const store::Snapshot& snapshot)
      : parts_(parts),
        snapshot_(snapshot),
        head_(read_head(parts, snapshot)),
        found_(parts.head),
        loader_(parts, snapshot, parts.index.draft(), nullptr) {}

  void apply() {
    if (const auto breach = breach_of_descent(parts_.vault, snapshot_, parts_.head, head_)) {
      throw Error(Errc::not_authentic, parts_.paths.database + " " + *breach);
    }
    if (head_.sequence == parts_.head.sequence) return;
    for (const std::uint64_t subject_key : snapshot_.revoked_since(parts_.head.sequence)) {
      remove(subject_key);
    }
    loader_.read(parts_.head.next_subject_key, kMaxSubjectKey, parallel::Deadline(std::nullopt));
    for (const Loaded& subject : loader_.subjects) found_.state.add(subject.entry);
    found_.num_subjects += loader_.subjects.size();
    found_.num_references += loader_.num_references;
    check_state(parts_, head_, found_);
    publish();
  }

 private:
  void remove(std::uint64_t subject_key) {
    const auto entry = parts_.followed->entries.find(subject_key);
    if (entry == parts_.followed->entries.end()) return;  // enrolled and removed in between
    const std::uint64_t first = reference_key(subject_key, 0);
    const std::uint64_t last = reference_key(subject_key, kMaxReferenceNumber);
    found_.num_references -= num_references(*parts_.index.view(), subject_key);
    found_.num_subjects -= 1;
    found_.state.subtract(entry->second);
    loader_.draft.erase(first, last);
    removed_.push_back(subject_key);
  }

  void publish() {
    auto& entries = parts_.followed->entries;
    for (const Loaded& subject : loader_.subjects) {
      entries.emplace_hint(entries.end(), subject.subject_key, subject.entry);
    }
    for (const std::uint64_t subject_key : removed_) entries.erase(subject_key);
    {
      const std::lock_guard lock(parts_.head_mutex);
      parts_.head = head_;
    }
    parts_.index.publish(std::move(loader_.draft));
  }

  Parts& parts_;
  const store::Snapshot& snapshot_;
  CommitHead head_;
  CommitHead found_;
  Loader loader_;
  std::vector<std::uint64_t> removed_;
};

/// Whether there is a commit that could not be taken over yet: a failure must not be forgotten.
bool is_behind(Parts& parts) {
  if (parts.database.changed()) parts.followed->is_behind = true;
  return parts.followed->is_behind;
}

void take_over(Parts& parts, const store::Snapshot& snapshot) {
  Difference(parts, snapshot).apply();
  parts.followed->is_behind = false;
}

}  // namespace

void catch_up(Parts& parts) {
  if (const Anchored* anchored = parts.anchored.get()) anchored->refuse_copy();
  if (parts.followed == nullptr) return;
  const std::lock_guard turn(parts.write_turn);
  if (is_behind(parts)) take_over(parts, parts.database.snapshot());
}

store::Snapshot newest_records(Parts& parts) {
  const bool is_follower = parts.followed != nullptr;
  if (is_follower) is_behind(parts);
  store::Snapshot snapshot = parts.database.snapshot();
  if (is_follower) take_over(parts, snapshot);
  return snapshot;
}

State newest_state(Parts& parts) {
  const std::lock_guard turn(parts.write_turn);
  store::Snapshot snapshot = newest_records(parts);
  return {parts.index.view(), std::move(snapshot)};
}

}  // namespace morgiana
