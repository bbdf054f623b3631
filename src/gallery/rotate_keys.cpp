#include "gallery/rotate_keys.hpp"

#include <optional>
#include <vector>

#include "gallery/key_move.hpp"
#include "gallery/keyset_file.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

/// Short enough that an enrolment waits for some milliseconds.
constexpr std::size_t kSome = 2048;

/// The keys of some subjects under the current wrapping key.
KeyBatch rewrap_some(Parts& parts, Change& change, std::uint64_t after_key) {
  const store::Snapshot snapshot = parts.database.snapshot();
  Vault::Opener opener(parts.vault);
  seal::Random random;
  const std::uint32_t current = parts.vault.keys().current()->current().id;
  KeyBatch batch{after_key};
  const std::vector<store::OwnedSlot> some = snapshot.owned_slots(after_key, kSome);
  batch.is_end = some.empty();
  for (const auto& [subject_key, slot] : some) {
    seal::KeySlot wrapped;
    snapshot.slot(slot, wrapped);
    batch.last_key = subject_key;
    ++batch.num_seen;
    if (seal::wrapping_key_id(wrapped) == current) continue;
    const seal::SecretKey key = opener.unwrap(subject_key, slot, wrapped);
    change.transaction.write_slot(slot, parts.vault.wrap(subject_key, slot, key, random));
    ++batch.num_moved;
  }
  change.head.add_wraps(batch.num_moved);
  return batch;
}

}  // namespace

KeyRotation rotate_keys(Parts& parts, const RotateOptions& options) {
  const store::FileLock keys(parts.paths.lock, store::LockFor::changing_keys);
  const auto move_some = [&](Change& change, std::uint64_t after_key) {
    return rewrap_some(parts, change, after_key);
  };
  bool was_full = false;
  // A new key also where an older rotation goes on: who was removed since has one under its own.
  const auto next = [&](const seal::Keyset& stored) {
    was_full = stored.is_full();
    return was_full ? std::nullopt : std::optional(stored.with_new_key());
  };
  const KeyRotation first = KeyMove(parts, options.progress).run(next, move_some);
  if (!was_full || first.old_keys == Erasure::pending) return first;
  KeyRotation second = KeyMove(parts, options.progress).run(next, move_some);
  second.is_overwritten = second.is_overwritten && first.is_overwritten;
  return second;
}

namespace {

bool opens(const GalleryPaths& paths, const KeySource& key) {
  try {
    read_keyset(paths.keyset, key);
    return true;
  } catch (const Error& error) {
    if (error.code() == Errc::wrong_key) return false;
    throw;
  }
}

}  // namespace

void change_key(const GalleryPaths& paths, const KeySource& from, const KeySource& to) {
  const store::FileLock keys(paths.lock, store::LockFor::changing_keys);
  const seal::Keyset keyset = read_keyset(paths.keyset, from);
  if (opens(paths, to)) {
    throw Error(Errc::invalid_argument,
                to.name() + " opens " + paths.keyset + " already; nothing was changed");
  }
  store::replace_file(paths.keyset, seal_keyset(keyset, to), store::Old::overwrite);
}

}  // namespace morgiana
