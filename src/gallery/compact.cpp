#include "gallery/compact.hpp"

#include <utility>

#include "gallery/erasure.hpp"
#include "gallery/follow.hpp"
#include "gallery/recode.hpp"

namespace morgiana {

void compact(Parts& parts) {
  catch_up(parts);
  recode(parts, {});
  const std::lock_guard turn(parts.write_turn);
  index::Draft draft = parts.index.draft();
  draft.compact();
  parts.index.publish(std::move(draft));
  if (parts.followed == nullptr) finish_erasures(parts);
}

}  // namespace morgiana
