#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <tbb/global_control.h>

#include "errors.hpp"
#include "parallel/run.hpp"

namespace morgiana::parallel {
namespace {

using Indices = std::vector<std::size_t>;

Indices up_to(std::size_t num) {
  Indices all(num);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

class EveryWidth : public testing::TestWithParam<unsigned> {
 protected:
  Execution execution() const { return {.max_threads = GetParam()}; }

 private:
  // So that eight threads are eight on two processors too, and two are a limit.
  tbb::global_control allowed_{tbb::global_control::max_allowed_parallelism, 8};
};

INSTANTIATE_TEST_SUITE_P(Run, EveryWidth, testing::Values(1U, 2U, 8U));

TEST_P(EveryWidth, RunsEveryTaskExactlyOnce) {
  for (const std::size_t num_tasks : {1U, 2U, 3U, 64U, 1000U, 20'000U}) {
    std::vector<int> plain(num_tasks);  // not atomic: the end of a run orders it before the caller
    std::vector<std::atomic<int>> times(num_tasks);
    run(execution(), num_tasks, [&](std::size_t index) {
      ++times.at(index);
      ++plain[index];
    });
    for (std::size_t index = 0; index < num_tasks; ++index) {
      ASSERT_EQ(times[index], 1) << "task " << index << " of " << num_tasks;
      ASSERT_EQ(plain[index], 1) << "task " << index << " of " << num_tasks;
    }
  }
}

TEST_P(EveryWidth, NeverRunsMoreTasksAtOnceThanThreads) {
  std::atomic<unsigned> now{0};
  std::atomic<unsigned> most{0};
  run(execution(), 2000, [&](std::size_t) {
    const unsigned running = ++now;
    unsigned seen = most;
    while (seen < running && !most.compare_exchange_weak(seen, running)) {
    }
    std::this_thread::yield();
    --now;
  });
  EXPECT_GE(most, 1U);
  EXPECT_LE(most, GetParam());
}

TEST_P(EveryWidth, NoTaskIsDoneWithoutComplaint) {
  run(execution(), 0, [](std::size_t) { FAIL(); });
}

TEST_P(EveryWidth, RethrowsWhatTheLowestFailingTaskThrew) {
  for (int round = 0; round < 50; ++round) {
    std::string message;
    try {
      run(execution(), 500, [&](std::size_t index) {
        if (index % 100 == 37) throw std::runtime_error("task " + std::to_string(index));
      });
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    ASSERT_EQ(message, "task 37");
  }
}

TEST_P(EveryWidth, AllTasksHaveEndedWhenAnErrorArrives) {
  std::atomic<int> running{0};
  EXPECT_THROW(run(execution(), 300,
                   [&](std::size_t index) {
                     ++running;
                     std::this_thread::yield();
                     --running;
                     if (index == 0) throw std::logic_error("first");
                   }),
               std::logic_error);
  EXPECT_EQ(running, 0);
}

TEST_P(EveryWidth, ARunInsideATaskRunsAllOfItsTasks) {
  std::vector<std::atomic<int>> times(100);
  run(execution(), 10, [&](std::size_t outer) {
    run(execution(), 10, [&](std::size_t inner) { ++times.at(10 * outer + inner); });
  });
  for (const auto& count : times) ASSERT_EQ(count, 1);
}

TEST_P(EveryWidth, AnErrorOfAnInnerRunComesOutOfTheOuterOne) {
  EXPECT_ERRC(run(execution(), 10,
                  [&](std::size_t outer) {
                    run(execution(), 10, [&](std::size_t inner) {
                      if (outer == 3 && inner == 4) throw Error(Errc::not_authentic, "inner");
                    });
                  }),
              Errc::not_authentic);
}

TEST_P(EveryWidth, CallersOnSeveralThreadsDoNotMixTheirTasks) {
  std::vector<std::size_t> sums(4);
  std::vector<std::thread> callers;
  for (std::size_t& sum : sums) {
    callers.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        std::vector<std::size_t> parts(100);
        run(execution(), parts.size(), [&](std::size_t index) { parts[index] = index; });
        sum += std::accumulate(parts.begin(), parts.end(), std::size_t{0});
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const std::size_t sum : sums) EXPECT_EQ(sum, 20U * 4950U);
}

TEST(Run, OneThreadRunsInOrderOnTheCallingThreadAndStopsAtAnError) {
  Indices order;
  const std::thread::id caller = std::this_thread::get_id();
  EXPECT_THROW(run({}, 10,
                   [&](std::size_t index) {
                     EXPECT_EQ(std::this_thread::get_id(), caller);
                     order.push_back(index);
                     if (index == 6) throw std::logic_error("six");
                   }),
               std::logic_error);
  EXPECT_EQ(order, up_to(7));
}

TEST(Run, TwoThreadsRunTwoTasksAtTheSameTime) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "one processor";
  std::mutex mutex;
  std::condition_variable changed;
  int num_arrived = 0;
  bool met = true;
  run({.max_threads = 2}, 2, [&](std::size_t) {
    std::unique_lock lock(mutex);
    ++num_arrived;
    changed.notify_all();
    // No matter of speed: alone, a task would wait for the other for ever.
    met &= changed.wait_for(lock, std::chrono::minutes(5), [&] { return num_arrived == 2; });
  });
  EXPECT_TRUE(met);
}

TEST(Run, TwoBillionThreadsAreAllowedAndNotStarted) {
  std::atomic<int> num_run{0};
  run({.max_threads = 2'000'000'000U}, 1000, [&](std::size_t) { ++num_run; });
  EXPECT_EQ(num_run, 1000);
}

TEST(Run, RefusesZeroThreads) {
  const Execution none{.max_threads = 0};
  EXPECT_ERRC(run(none, 3, [](std::size_t) { FAIL(); }), Errc::invalid_argument);
  EXPECT_ERRC(run(none, 0, [](std::size_t) { FAIL(); }), Errc::invalid_argument);
  EXPECT_ERRC(num_threads(none), Errc::invalid_argument);
}

TEST(Run, NumThreadsIsOneUntilTheCallerAllowsMore) {
  EXPECT_EQ(num_threads({}), 1U);
  EXPECT_EQ(num_threads({.max_threads = 8}), 8U);
}

}  // namespace
}  // namespace morgiana::parallel
