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

}  // namespace morgiana
