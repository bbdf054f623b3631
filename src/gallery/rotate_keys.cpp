#include "gallery/rotate_keys.hpp"

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
    if (!keyset()->has_retiring()) {
      store_next(keyset()->with_new_key());
      announce(Wraps::none_yet);
    }
    rewrap_all();
    if (!empty_log()) return {num_rewrapped_, Erasure::pending, false};
    const bool is_overwritten = store_next(keyset()->without_retiring());
    announce(Wraps::as_counted);
    return {num_rewrapped_, Erasure::done, is_overwritten};
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
    const bool is_named = stored.generation() == parts_.committed().keyset_generation;
    parts_.vault.keys().use(std::move(stored));
    if (!is_named) announce(Wraps::as_counted);
  }

  /// False where the old file could not be overwritten.
  bool store_next(seal::Keyset next) {
    const bool is_overwritten = store::replace_file(
        parts_.paths.keyset, seal_keyset(next, parts_.key), store::Old::overwrite);
    parts_.vault.keys().use(std::move(next));
    return is_overwritten;
  }

  /// A commit that names the keyset in use.
  void announce(Wraps wraps) {
    commit([&](Change& change) {
      change.head.keyset_generation = keyset()->generation();
      if (wraps == Wraps::none_yet) change.head.num_wraps = 0;
    });
  }

  void commit(const std::function<void(Change&)>& apply,
              store::Sync sync = store::Sync::at_commit) {
    parts_.queue.run(parts_, {.sync = sync, .sees_all_before = true}, apply);
  }

  void rewrap_all() {
    std::uint64_t num_seen = 0;
    std::uint64_t last_key = 0;
    for (std::size_t num_here = 1; num_here != 0;) {
      commit([&](Change& change) { num_here = rewrap_some(change, last_key); }, store::Sync::later);
      num_seen += num_here;
      if (options_.progress) {
        options_.progress(num_seen, std::max(num_seen, parts_.committed().num_subjects));
      }
    }
  }

  /// Short enough that an enrolment waits for some milliseconds. Returns how many were looked at.
  std::size_t rewrap_some(Change& change, std::uint64_t& last_key) {
    constexpr std::size_t kSome = 2048;
    const store::Snapshot snapshot = parts_.database.snapshot();
    const std::vector<store::OwnedSlot> slots = snapshot.owned_slots(last_key, kSome);
    if (slots.empty()) return 0;
    Vault::Opener opener(parts_.vault);
    const std::uint32_t current = keyset()->current().id;
    std::uint64_t num_wraps = 0;
    for (const auto& [subject_key, slot] : slots) {
      seal::KeySlot wrapped;
      snapshot.slot(slot, wrapped);
      if (seal::wrapping_key_id(wrapped) == current) continue;
      const seal::SecretKey key = opener.unwrap(subject_key, slot, wrapped);
      change.transaction.write_slot(slot, parts_.vault.wrap(subject_key, slot, key, random_));
      ++num_wraps;
    }
    change.head.add_wraps(num_wraps);
    num_rewrapped_ += num_wraps;
    last_key = slots.back().subject_key;
    return slots.size();
  }

  Parts& parts_;
  const RotateOptions& options_;
  seal::Random random_;
  std::uint64_t num_rewrapped_ = 0;
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
