#include "parallel/arenas.hpp"

#include <algorithm>
#include <utility>

#include <tbb/global_control.h>

namespace morgiana::parallel {

Arenas& Arenas::all() {
  static Arenas& arenas = *new Arenas;
  return arenas;
}

Arenas::Arena Arenas::lend(unsigned max_threads) {
  const std::lock_guard lock(mutex_);
  // As many slots as can be of use: one costs memory even where no thread ever takes it.
  const std::size_t num_allowed =
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
  const auto slots = static_cast<int>(std::min(std::size_t{max_threads}, num_allowed));
  const auto fits = [&](const Arena& arena) { return arena->max_concurrency() == slots; };
  const auto found = std::find_if(idle_.begin(), idle_.end(), fits);
  if (found == idle_.end()) {
    idle_.reserve(++num_made_);  // so that taking back cannot fail
    auto made = std::make_unique<tbb::task_arena>(slots);
    made->initialize();  // here, where what oneTBB sets up the first time is seen by all callers
    return made;
  }
  Arena lent = std::move(*found);
  idle_.erase(found);
  return lent;
}

void Arenas::take_back(Arena lent) noexcept {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(lent));
}

}  // namespace morgiana::parallel
