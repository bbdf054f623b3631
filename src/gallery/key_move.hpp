#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "gallery/change.hpp"
#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Some subjects on their way to a new wrapping key.
struct KeyBatch {
  std::uint64_t last_key;  // of a subject
  bool is_end = false;     // there is nobody behind
  std::size_t num_seen = 0;
  std::size_t num_moved = 0;
};

/// Moves all subjects of a gallery that is in use to a new keyset, and destroys the old wrapping
/// keys. Any step may be the last before a crash: the next move goes on from there
/// (docs/FORMAT.md#order-of-writes). Needs the lock on changing keys.
class KeyMove {
 public:
  /// Of a batch that is tried again, made anew.
  using MoveSome = std::function<KeyBatch(Change& change, std::uint64_t after_key)>;
  using Progress = std::function<void(std::uint64_t num_done, std::uint64_t num_all)>;

  KeyMove(Parts& parts, const Progress& progress) : parts_(parts), progress_(progress) {}

  /// `next`: of what is stored; none goes on with the wrapping keys that are there.
  /// Errors: as Gallery::rotate_keys.
  KeyRotation run(const std::function<std::optional<seal::Keyset>(const seal::Keyset&)>& next,
                  const MoveSome& move_some);

 private:
  enum class Wraps { none_yet, as_counted };

  std::shared_ptr<const seal::Keyset> keyset() const { return parts_.vault.keys().current(); }
  bool empty_log();
  void take_up_what_is_stored();
  void use_next(seal::Keyset next, Wraps wraps);
  void announce(std::shared_ptr<const seal::Keyset> next, Wraps wraps);
  void commit(const std::function<void(Change&)>& apply, store::Sync sync = store::Sync::at_commit);
  void move_all(const MoveSome& move_some);
  void require_all_open_with(const seal::Keyset& next) const;

  Parts& parts_;
  const Progress& progress_;
  std::uint64_t num_moved_ = 0;
  bool is_overwritten_ = true;  // every keyset that was replaced
};

}  // namespace morgiana
