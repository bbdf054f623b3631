#include <atomic>
#include <cstddef>
#include <thread>

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "parallel/run.hpp"

namespace morgiana::parallel {
namespace {

constexpr unsigned kThreads = 4;

TEST(OuterTbb, NoUnrelatedTaskOfItRunsInsideARun) {
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 8);
  static thread_local bool inside = false;
  std::atomic<int> num_intruders{0};
  std::atomic<int> num_inner{0};
  const auto outer = [&](int) {
    if (inside) ++num_intruders;
    inside = true;
    run({.max_threads = kThreads}, 8, [&](std::size_t index) {
      ++num_inner;
      // Uneven, so that the thread that called runs out of tasks while others have some.
      for (std::size_t turn = 0; turn < 50 * index; ++turn) std::this_thread::yield();
    });
    inside = false;
  };
  tbb::task_arena(8).execute([&] { tbb::parallel_for(0, 200, outer, tbb::simple_partitioner()); });
  EXPECT_EQ(num_intruders, 0);
  EXPECT_EQ(num_inner, 200 * 8);
}

TEST(OuterTbb, ARunInsideAWiderArenaStaysAsNarrowAsAsked) {
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 8);
  std::atomic<unsigned> now{0};
  std::atomic<unsigned> most{0};
  tbb::task_arena(8).execute([&] {
    run({.max_threads = 2}, 2000, [&](std::size_t) {
      const unsigned running = ++now;
      unsigned seen = most;
      while (seen < running && !most.compare_exchange_weak(seen, running)) {
      }
      std::this_thread::yield();
      --now;
    });
  });
  EXPECT_LE(most, 2U);
}

TEST(OuterTbb, ItsCancellationLeavesNoTaskOut) {
  std::atomic<int> num_run{0};
  tbb::task_group_context cancelled;
  tbb::parallel_for(
      0, 1,
      [&](int) {
        cancelled.cancel_group_execution();
        run({.max_threads = kThreads}, 100, [&](std::size_t) { ++num_run; });
      },
      cancelled);
  EXPECT_EQ(num_run, 100);
}

}  // namespace
}  // namespace morgiana::parallel
