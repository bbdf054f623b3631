#include "gallery/purge.hpp"

#include "gallery/rotate_keys.hpp"
#include "morgiana/error.hpp"

namespace morgiana {

Purge purge(Parts& parts, const RotateOptions& options) {
  const KeyRotation rotation = rotate_keys(parts, options);  // finishes erasures at its beginning
  if (rotation.old_keys == Erasure::pending) {
    throw Error(Errc::locked, "the old wrapping keys of " + parts.paths.database +
                                  " are still there, as a search or a backup reads an older "
                                  "state; purge again when it has ended");
  }
  return {rotation.num_rewrapped, rotation.is_overwritten};
}

}  // namespace morgiana
