#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <tbb/task_arena.h>

namespace morgiana::parallel {

/// Arenas are kept and lent, one to a run: oneTBB 2021.8 does not give all of an arena back, so
/// that one made for every run took 7 kB each time, and every run longer than the one before.
/// Threads: from many at once.
class Arenas {
 public:
  using Arena = std::unique_ptr<tbb::task_arena>;

  /// Never destroyed, as threads may still search when the process ends.
  static Arenas& all();

  /// Of so many threads, the calling one included, or of as many as the process may have.
  Arena lend(unsigned max_threads);
  void take_back(Arena lent) noexcept;

 private:
  std::mutex mutex_;
  std::vector<Arena> idle_;
  std::size_t num_made_ = 0;
};

}  // namespace morgiana::parallel
