#include "gallery/load.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "morgiana/error.hpp"
#include "parallel/deadline.hpp"
#include "parallel/run.hpp"

namespace morgiana {

namespace {

ByteView bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Loader::Loader(const Parts& parts, const store::Snapshot& snapshot, index::Draft into,
               const IdProduct::Secrets* secrets)
    : draft(std::move(into)),
      ids(secrets == nullptr ? std::nullopt : std::optional(IdProduct(*secrets))),
      parts_(parts),
      snapshot_(snapshot),
      opener_(parts.vault),
      macs_(parts.vault),
      encoder_(draft.rotation()),
      code_(parts.dim()),
      values_(parts.dim()) {}

void Loader::read(std::uint64_t first_key, std::uint64_t last_key,
                  const parallel::Deadline& deadline) {
  snapshot_.for_each_record(
      first_key, last_key,
      [&](const store::SubjectRow& row) {
        deadline.check();
        finish();
        begin(row);
      },
      [&](std::uint64_t reference, ByteView sealed) { add(reference, sealed); });
  finish();
}

void Loader::begin(const store::SubjectRow& row) {
  macs_.check_row(row);
  if (ids) {
    ids->add(bytes_of(row.id), row.subject_key);
  } else if (snapshot_.subject_key(row.id) != row.subject_key) {
    throw Error(Errc::not_authentic,
                "the records find another subject by the id of subject number " +
                    std::to_string(row.subject_key));
  }
  seal::KeySlot wrapped;
  snapshot_.slot(row.slot, wrapped);
  current_.emplace(Current{row.subject_key, row.slot, row.cohorts,
                           opener_.unwrap(row.subject_key, row.slot, wrapped), SubjectEntry(row)});
}

void Loader::add(std::uint64_t reference, ByteView sealed) {
  if (!current_ || subject_key_of(reference) != current_->subject_key) {
    throw Error(Errc::not_authentic, parts_.paths.database + " has a reference of subject number " +
                                         std::to_string(subject_key_of(reference)) +
                                         ", whom nobody enrolled");
  }
  opener_.open(current_->key, reference, sealed, values_.span());
  encoder_.encode(values_.span(), code_);
  draft.append({reference, current_->cohorts, code_, values_.span()});
  current_->entry.add_reference(number_of(reference), sealed);
  ++num_references;
}

void Loader::finish() {
  if (!current_) return;
  subjects.push_back({current_->subject_key, current_->slot, macs_.entry_digest(current_->entry)});
  current_.reset();
}

namespace {

/// Large enough that the block which each part leaves unfilled does not count.
constexpr std::uint64_t kLeastPart = 4096;
constexpr std::uint64_t kPartsPerThread = 4;
constexpr std::size_t kMostThreads = 64;  // each has a connection to the database

/// The index of ids, which every look-up by id trusts: that it ascends, so that each look-up finds
/// what is there, and what is there.
IdProduct read_ids(const store::Snapshot& snapshot, const IdProduct::Secrets& secrets,
                   const parallel::Deadline& deadline) {
  IdProduct product(secrets);
  Bytes last;
  snapshot.for_each_id([&](ByteView id, std::uint64_t subject_key) {
    deadline.check();
    if (subject_key > kMaxSubjectKey) {
      throw Error(Errc::not_authentic, "the index of ids names a subject that cannot be");
    }
    if (!last.empty() && !std::ranges::lexicographical_compare(last, id)) {
      throw Error(Errc::not_authentic, "the index of ids is not in order");
    }
    last.assign(id.begin(), id.end());
    product.add(id, subject_key);
  });
  return product;
}

/// Snapshots of one commit: another process may be committing.
std::vector<store::Snapshot> same_state(const Parts& parts, std::size_t count,
                                        const parallel::Deadline& deadline) {
  for (;;) {
    deadline.check();
    std::vector<store::Snapshot> snapshots;
    for (std::size_t i = 0; i < count; ++i) snapshots.push_back(parts.database.snapshot());
    const Bytes head = snapshots.front().head();
    if (std::ranges::all_of(snapshots, [&](const auto& one) { return one.head() == head; })) {
      return snapshots;
    }
  }
}

/// Ranges of subject keys, each read into a draft of its own by whichever thread is free.
class ParallelLoad {
 public:
  ParallelLoad(Parts& parts, const Execution& execution)
      : parts_(parts),
        execution_(execution),
        deadline_(execution.deadline),
        snapshots_(same_state(parts,
                              std::min<std::size_t>(parallel::num_threads(execution), kMostThreads),
                              deadline_)),
        head_(read_head(parts, snapshots_.front())) {
    const std::uint64_t num_keys = head_.next_subject_key;
    const std::uint64_t wanted = snapshots_.size() == 1 ? 1 : snapshots_.size() * kPartsPerThread;
    keys_per_part_ = std::max(kLeastPart, num_keys / wanted + 1);
    loaders_.resize(num_keys / keys_per_part_ + 1);
  }

  void run() {
    parallel::run(execution_, snapshots_.size(), [&](std::size_t thread) {
      for (std::size_t task = next_++; task <= loaders_.size(); task = next_++) {
        try {
          run(task, snapshots_[thread]);
        } catch (...) {
          next_ = loaders_.size() + 1;
          throw;
        }
      }
    });
    publish();
  }

 private:
  /// The ids, or a part of the records.
  void run(std::size_t task, const store::Snapshot& snapshot) {
    if (task == 0) {
      ids_ = read_ids(snapshot, secrets_, deadline_);
    } else {
      read(snapshot, task - 1);
    }
  }

  void read(const store::Snapshot& snapshot, std::size_t part) {
    loaders_[part] = std::make_unique<Loader>(parts_, snapshot, parts_.index.draft(), &secrets_);
    Loader& loader = *loaders_[part];
    const std::uint64_t first = part * keys_per_part_;
    const bool is_last = part + 1 == loaders_.size();
    loader.read(first, is_last ? kMaxSubjectKey : first + keys_per_part_ - 1, deadline_);
  }

  void publish() {
    parts_.slots.grow(snapshots_.front().num_slot_rows() * store::kSlotsPerRow);
    parts_.slots.keep();
    index::Draft all = parts_.index.draft();
    CommitHead found;
    IdProduct ids(secrets_);
    for (std::unique_ptr<Loader>& loader : loaders_) {
      all.join(std::move(loader->draft));
      found.num_references += loader->num_references;
      ids.join(*loader->ids);
      for (const Loaded& subject : loader->subjects) add(subject, found);
      loader.reset();
    }
    check_state(parts_, head_, found);
    if (ids.value() != ids_.value()) {
      throw Error(Errc::not_authentic, "the index of ids in " + parts_.paths.database +
                                           " does not name the subjects that are stored; something "
                                           "else than Morgiana changed the database");
    }
    parts_.head = head_;
    parts_.index.publish(std::move(all));
  }

  void add(const Loaded& subject, CommitHead& found) {
    if (!parts_.slots.take(subject.slot)) {
      throw Error(Errc::not_authentic, "subject number " + std::to_string(subject.subject_key) +
                                           " names a key slot that is not its own");
    }
    found.state.add(subject.entry);
    found.num_subjects += 1;
    if (parts_.followed != nullptr) {
      parts_.followed->entries.emplace_hint(parts_.followed->entries.end(), subject.subject_key,
                                            subject.entry);
    }
  }

  Parts& parts_;
  const Execution& execution_;
  parallel::Deadline deadline_;
  std::vector<store::Snapshot> snapshots_;  // one a thread
  CommitHead head_;
  std::uint64_t keys_per_part_;
  std::vector<std::unique_ptr<Loader>> loaders_;  // one a part
  IdProduct::Secrets secrets_;
  IdProduct ids_{secrets_};  // by the index
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace

CommitHead read_head(const Parts& parts, const store::Snapshot& snapshot) {
  const std::string& path = parts.paths.database;
  if (snapshot.format() != parts.vault.gallery().format_version) {
    throw Error(Errc::unsupported_format,
                path + " was brought to format " + std::to_string(snapshot.format()) +
                    " since it was opened; open it again with a build that reads that");
  }
  const CommitHead head = parts.vault.decode(snapshot.head());
  if (head.sequence != snapshot.head_sequence()) {
    throw Error(Errc::not_authentic, "the newest commit of " + path + " is numbered " +
                                         std::to_string(snapshot.head_sequence()) +
                                         " and says that it is " + std::to_string(head.sequence));
  }
  // One more is a keyset that was stored and whose commit was not: docs/FORMAT.md#order-of-writes.
  const std::uint64_t needed = head.keyset_generation;
  const std::uint64_t generation = parts.vault.keys().at_least(needed)->generation();
  if (generation != needed && generation != needed + 1) {
    throw Error(Errc::not_authentic, "keyset " + parts.paths.keyset + " is of generation " +
                                         std::to_string(generation) + ", the gallery needs " +
                                         std::to_string(needed) +
                                         ": one of the two is older than the other");
  }
  return head;
}

void check_state(const Parts& parts, const CommitHead& head, const CommitHead& found) {
  if (found.num_subjects == head.num_subjects && found.num_references == head.num_references &&
      seal::equal(found.state.bytes(), head.state.bytes())) {
    return;
  }
  throw Error(
      Errc::not_authentic,
      "the subjects stored in " + parts.paths.database +
          " are not those of the newest commit: it names " + std::to_string(head.num_subjects) +
          " with " + std::to_string(head.num_references) + " references, " +
          std::to_string(found.num_subjects) + " with " + std::to_string(found.num_references) +
          " are there; something else than Morgiana changed the database");
}

void load(Parts& parts, const Execution& execution) {
  ParallelLoad(parts, execution).run();
}

}  // namespace morgiana
