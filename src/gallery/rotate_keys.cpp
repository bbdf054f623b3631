#include "gallery/rotate_keys.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "gallery/change.hpp"
#include "gallery/erasure.hpp"
#include "gallery/keyset_file.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

/// Wrapping keys of a gallery while it is in use. Any step may be the last before a crash: the next
/// rotation goes on from there (docs/FORMAT.md#order-of-writes).
class Rotation {
 public:
  Rotation(Parts& parts, const RotateOptions& options) : parts_(parts), options_(options) {}

  KeyRotation run() {
    // No reader may be at a state older than the keyset that is now in its file.
    if (!empty_log()) {
      throw Error(Errc::locked, "a search or a backup reads an older state of " +
                                    parts_.paths.database + "; rotate again when it has ended");
    }
    take_up_what_is_stored();
    // Also where an older rotation goes on: who was removed since has a key under its new one.
    if (!keyset()->is_full()) use_next(keyset()->with_new_key(), Wraps::none_yet);
    rewrap_all();
    if (!empty_log()) return {num_rewrapped_, Erasure::pending, false};
    seal::Keyset next = keyset()->without_retiring();
    require_all_open_with(next);
    use_next(std::move(next), Wraps::as_counted);
    return {num_rewrapped_, Erasure::done, is_overwritten_};
  }

 private:
  enum class Wraps { none_yet, as_counted };

  std::shared_ptr<const seal::Keyset> keyset() const { return parts_.vault.keys().current(); }

  bool empty_log() {
    const std::lock_guard turn(parts_.write_turn);
    return finish_erasures(parts_) && parts_.database.truncate_log();
  }

  /// A rotation that was cut off may have stored a keyset that no commit names.
  void take_up_what_is_stored() {
    seal::Keyset stored = read_keyset(parts_.paths.keyset, parts_.key);
    if (stored.uuid() != parts_.vault.gallery().uuid ||
        stored.generation() < keyset()->generation()) {
      throw Error(Errc::not_authentic, "keyset " + parts_.paths.keyset +
                                           " is not the one that the gallery was opened "
                                           "with, nor a newer one");
    }
    // Whether the file of an older keyset was overwritten is not known any more.
    is_overwritten_ =
        !stored.has_retiring() && stored.generation() == parts_.committed().keyset_generation;
    announce(std::make_shared<const seal::Keyset>(std::move(stored)), Wraps::as_counted);
  }

  /// From the file on, any step may be the last.
  void use_next(seal::Keyset next, Wraps wraps) {
    const bool is_overwritten = store::replace_file(
        parts_.paths.keyset, seal_keyset(next, parts_.key), store::Old::overwrite);
    is_overwritten_ = is_overwritten_ && is_overwritten;
    announce(std::make_shared<const seal::Keyset>(std::move(next)), wraps);
  }

  /// A commit that names a keyset, which is in use from then on: within the writer's turn, so that
  /// what is sealed under its new key is counted.
  void announce(std::shared_ptr<const seal::Keyset> next, Wraps wraps) {
    if (next->generation() == parts_.committed().keyset_generation) {
      parts_.vault.keys().use(std::move(next));
      return;
    }
    commit([&](Change& change) {
      parts_.vault.keys().use(next);
      change.head.keyset_generation = next->generation();
      if (wraps == Wraps::none_yet) change.head.num_wraps = 0;
    });
  }

  void commit(const std::function<void(Change&)>& apply,
              store::Sync sync = store::Sync::at_commit) {
    parts_.queue.run(parts_, {.sync = sync, .sees_all_before = true}, apply);
  }

  /// A batch of subjects on its way under the current wrapping key.
  struct Batch {
    std::uint64_t last_key;
    std::size_t num_seen = 0;
    std::uint64_t num_wraps = 0;
  };

  void rewrap_all() {
    std::uint64_t num_seen = 0;
    Batch batch{0, 1};
    while (batch.num_seen != 0) {
      const std::uint64_t after = batch.last_key;
      // Made anew each time that it is tried: a full disk has a commit tried again.
      commit([&](Change& change) { batch = rewrap_some(change, after); }, store::Sync::later);
      num_seen += batch.num_seen;
      num_rewrapped_ += batch.num_wraps;
      if (options_.progress) {
        options_.progress(num_seen, std::max(num_seen, parts_.committed().num_subjects));
      }
    }
  }

  /// Short enough that an enrolment waits for some milliseconds.
  Batch rewrap_some(Change& change, std::uint64_t after) {
    const store::Snapshot snapshot = parts_.database.snapshot();
    Vault::Opener opener(parts_.vault);
    const std::uint32_t current = keyset()->current().id;
    Batch batch{after};
    for (const auto& [subject_key, slot] : snapshot.owned_slots(after, kSome)) {
      seal::KeySlot wrapped;
      snapshot.slot(slot, wrapped);
      batch.last_key = subject_key;
      ++batch.num_seen;
      if (seal::wrapping_key_id(wrapped) == current) continue;
      const seal::SecretKey key = opener.unwrap(subject_key, slot, wrapped);
      change.transaction.write_slot(slot, parts_.vault.wrap(subject_key, slot, key, random_));
      ++batch.num_wraps;
    }
    change.head.add_wraps(batch.num_wraps);
    return batch;
  }

  /// What retires is gone for good: nobody may need it. Errors: not_authentic.
  void require_all_open_with(const seal::Keyset& next) const {
    const store::Snapshot snapshot = parts_.database.snapshot();
    seal::Opener opener;
    seal::Binding binding = seal::Binding::of_subject_keys(parts_.vault.gallery());
    std::uint64_t last_key = 0;
    std::uint64_t num_opened = 0;
    for (auto some = snapshot.owned_slots(0, kSome); !some.empty();
         some = snapshot.owned_slots(last_key, kSome)) {
      for (const auto& [subject_key, slot] : some) {
        seal::KeySlot wrapped;
        snapshot.slot(slot, wrapped);
        seal::unwrap(opener, next, binding, subject_key, slot, wrapped);
        last_key = subject_key;
        ++num_opened;
      }
    }
    if (num_opened != parts_.vault.decode(snapshot.head()).num_subjects) {
      throw Error(Errc::not_authentic, "some subjects of " + parts_.paths.database +
                                           " are not in its records; their keys stay as they are");
    }
  }

  static constexpr std::size_t kSome = 2048;

  Parts& parts_;
  const RotateOptions& options_;
  seal::Random random_;
  std::uint64_t num_rewrapped_ = 0;
  bool is_overwritten_ = true;  // every keyset that was replaced
};

}  // namespace

KeyRotation rotate_keys(Parts& parts, const RotateOptions& options) {
  const store::FileLock keys(parts.paths.lock, store::LockFor::changing_keys);
  return Rotation(parts, options).run();
}

void change_key(const GalleryPaths& paths, const KeySource& from, const KeySource& to) {
  const store::FileLock keys(paths.lock, store::LockFor::changing_keys);
  const seal::Keyset keyset = read_keyset(paths.keyset, from);
  store::replace_file(paths.keyset, seal_keyset(keyset, to), store::Old::overwrite);
}

}  // namespace morgiana
