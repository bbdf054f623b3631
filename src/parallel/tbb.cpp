#include "parallel/tbb.hpp"

#include <algorithm>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

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

/// As many as can be of use: a slot costs memory even where no thread ever takes it.
int num_slots(unsigned max_threads, std::size_t num_tasks) {
  const std::size_t num_allowed =
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
  return static_cast<int>(std::min({std::size_t{max_threads}, num_tasks, num_allowed}));
}

}  // namespace

void run_on_tbb(unsigned max_threads, std::size_t num_tasks,
                const std::function<void(std::size_t)>& task) {
  // An arena of its own: its threads take no other task, and an outer group that is cancelled does
  // not reach in.
  tbb::task_arena arena(num_slots(max_threads, num_tasks));
  tell_handed_over(&task);
  arena.execute([&] {
    const auto body = [&](std::size_t index) {
      tell_received(&task);
      task(index);
    };
    tbb::parallel_for(std::size_t{0}, num_tasks, body, tbb::simple_partitioner());
  });
}

}  // namespace morgiana::parallel
