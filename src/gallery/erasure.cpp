#include "gallery/erasure.hpp"

#include "gallery/clock.hpp"

namespace morgiana {

bool finish_erasures(Parts& parts) {
  if (parts.database.snapshot().num_pending_erasures() == 0) return true;
  if (!parts.database.truncate_log()) return false;
  store::Transaction transaction = parts.database.begin();
  transaction.finish_erasures(now_s());
  transaction.commit();
  return true;
}

Erasure erase_now(Parts& parts) noexcept {
  try {
    const std::lock_guard turn(parts.write_mutex);
    return finish_erasures(parts) ? Erasure::done : Erasure::pending;
  } catch (...) {
    return Erasure::pending;
  }
}

}  // namespace morgiana
