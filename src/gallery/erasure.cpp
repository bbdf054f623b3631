#include "gallery/erasure.hpp"

#include "gallery/clock.hpp"

namespace morgiana {

bool finish_erasures(Parts& parts, int wait_ms) {
  parts.has_pending_erasures = true;
  if (parts.database.snapshot().num_pending_erasures() == 0) {
    parts.has_pending_erasures = false;
    return true;
  }
  if (!parts.database.truncate_log(wait_ms)) return false;
  // A crash may take the note back, and opening finishes what is finished already.
  store::Transaction transaction = parts.database.begin(store::Sync::later);
  transaction.finish_erasures(now_s());
  transaction.commit();
  parts.has_pending_erasures = false;
  return true;
}

Erasure erase_now(Parts& parts, int wait_ms) noexcept {
  try {
    const std::lock_guard turn(parts.write_turn);
    return finish_erasures(parts, wait_ms) ? Erasure::done : Erasure::pending;
  } catch (...) {
    return Erasure::pending;
  }
}

void erase_pending(Parts& parts) noexcept {
  if (parts.has_pending_erasures) erase_now(parts, 0);
}

}  // namespace morgiana
