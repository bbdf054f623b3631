#include "parallel/tbb.hpp"

#include <utility>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "parallel/arenas.hpp"

#ifdef MORGIANA_TELL_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace morgiana::parallel {
namespace {

// ThreadSanitizer cannot see how an uninstrumented libtbb hands tasks to its threads: it is told.
#ifdef MORGIANA_TELL_THREAD_SANITIZER
void tell_handed_over(const void* work) {
  __tsan_release(const_cast<void*>(work));
}
void tell_received(const void* work) {
  __tsan_acquire(const_cast<void*>(work));
}
#else
void tell_handed_over(const void*) {}
void tell_received(const void*) {}
#endif

/// An arena for the length of a run.
class Lease {
 public:
  explicit Lease(unsigned max_threads) : arena_(Arenas::all().lend(max_threads)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { Arenas::all().take_back(std::move(arena_)); }

  tbb::task_arena& arena() { return *arena_; }

 private:
  Arenas::Arena arena_;
};

}  // namespace

void run_on_tbb(unsigned max_threads, std::size_t num_tasks,
                const std::function<void(std::size_t)>& task) {
  // An arena of its own: its threads take no other task, and an outer group that is cancelled does
  // not reach in.
  Lease lease(max_threads);
  tell_handed_over(&task);
  lease.arena().execute([&] {
    const auto body = [&](std::size_t index) {
      tell_received(&task);
      task(index);
    };
    tbb::parallel_for(std::size_t{0}, num_tasks, body, tbb::simple_partitioner());
  });
}

}  // namespace morgiana::parallel
