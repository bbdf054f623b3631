#include "gallery/key_move.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "gallery/erasure.hpp"
#include "gallery/keyset_file.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {

namespace {

/// By the key that the gallery was opened with. Errors: wrong_key: not that one by now.
seal::Keyset read_stored(const Parts& parts) {
  try {
    return read_keyset(parts.paths.keyset, parts.key);
  } catch (const Error& error) {
    if (error.code() != Errc::wrong_key) throw;
    throw Error(Errc::wrong_key,
                "the key of " + parts.paths.database +
                    " was changed since it was opened here; close it, and open it with the new key "
                    "(" +
                    error.what() + ")");
  }
}

}  // namespace

KeyRotation KeyMove::run(
    const std::function<std::optional<seal::Keyset>(const seal::Keyset&)>& next,
    const MoveSome& move_some) {
  // No reader may be at a state older than the keyset that is now in its file.
  if (!empty_log()) {
    throw Error(Errc::locked, "a search or a backup reads an older state of " +
                                  parts_.paths.database + "; try again when it has ended");
  }
  take_up_what_is_stored();
  if (auto wanted = next(*keyset())) use_next(std::move(*wanted), Wraps::none_yet);
  move_all(move_some);
  if (!empty_log()) return {num_moved_, Erasure::pending, false};
  seal::Keyset last = keyset()->without_retiring();
  require_all_open_with(last);
  use_next(std::move(last), Wraps::as_counted);
  return {num_moved_, Erasure::done, is_overwritten_};
}

bool KeyMove::empty_log() {
  const std::lock_guard turn(parts_.write_turn);
  return finish_erasures(parts_) && parts_.database.truncate_log();
}

/// A move that was cut off may have stored a keyset that no commit names.
void KeyMove::take_up_what_is_stored() {
  seal::Keyset stored = read_stored(parts_);
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
void KeyMove::use_next(seal::Keyset next, Wraps wraps) {
  const bool is_overwritten = store::replace_file(
      parts_.paths.keyset, seal_keyset(next, parts_.key), store::Old::overwrite);
  is_overwritten_ = is_overwritten_ && is_overwritten;
  announce(std::make_shared<const seal::Keyset>(std::move(next)), wraps);
}

/// A commit that names a keyset, which is in use from then on: within the writer's turn, so that
/// what is sealed under its new key is counted.
void KeyMove::announce(std::shared_ptr<const seal::Keyset> next, Wraps wraps) {
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

void KeyMove::commit(const std::function<void(Change&)>& apply, store::Sync sync) {
  parts_.queue.run(parts_, {.sync = sync, .sees_all_before = true}, apply);
}

void KeyMove::move_all(const MoveSome& move_some) {
  std::uint64_t num_seen = 0;
  KeyBatch batch{0};
  while (!batch.is_end) {
    const std::uint64_t after = batch.last_key;
    // Made anew each time that it is tried: a full disk has a commit tried again.
    commit([&](Change& change) { batch = move_some(change, after); }, store::Sync::later);
    num_seen += batch.num_seen;
    num_moved_ += batch.num_moved;
    if (progress_) progress_(num_seen, std::max(num_seen, parts_.committed().num_subjects));
  }
}

/// What retires is gone for good: nobody may need it. Errors: not_authentic.
void KeyMove::require_all_open_with(const seal::Keyset& next) const {
  constexpr std::size_t kSome = 2048;
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

}  // namespace morgiana
