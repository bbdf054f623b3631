#include "parallel/arenas.hpp"

#include <algorithm>
#include <utility>

namespace morgiana::parallel {

Arenas& Arenas::all() {
  static Arenas& arenas = *new Arenas;
  return arenas;
}

Arenas::Arena Arenas::lend(int slots) {
  const std::lock_guard lock(mutex_);
  const auto fits = [&](const Arena& arena) { return arena->max_concurrency() == slots; };
  const auto found = std::find_if(idle_.begin(), idle_.end(), fits);
  if (found == idle_.end()) {
    idle_.reserve(++num_made_);  // so that taking back cannot fail
    return std::make_unique<tbb::task_arena>(slots);
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
