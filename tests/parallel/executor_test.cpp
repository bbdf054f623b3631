#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "parallel/run.hpp"

namespace morgiana::parallel {
namespace {

using Task = std::function<void(std::size_t)>;

constexpr std::size_t kNumTasks = 20;

/// How often each task ran, and what a run with this executor came to.
class Outcome {
 public:
  explicit Outcome(const Executor& executor, const Task& task = {}) : times_(kNumTasks) {
    try {
      run({.executor = executor, .max_threads = 4}, kNumTasks, [&](std::size_t index) {
        ++times_.at(index);
        if (task) task(index);
      });
    } catch (const Error& error) {
      code_ = name(error.code());
      message_ = error.what();
    } catch (const std::exception& error) {
      message_ = error.what();
    }
  }

  std::string code() const { return code_; }
  std::string message() const { return message_; }
  int times(std::size_t index) const { return times_.at(index); }
  bool every_task_ran_once() const {
    for (const auto& count : times_) {
      if (count != 1) return false;
    }
    return true;
  }

 private:
  std::vector<std::atomic<int>> times_;
  std::string code_;
  std::string message_;
};

void in_order(std::size_t num_tasks, const Task& task) {
  for (std::size_t index = 0; index < num_tasks; ++index) task(index);
}

void in_reverse(std::size_t num_tasks, const Task& task) {
  for (std::size_t index = num_tasks; index-- > 0;) task(index);
}

void thread_each(std::size_t num_tasks, const Task& task) {
  std::vector<std::thread> threads;
  for (std::size_t index = 0; index < num_tasks; ++index) {
    threads.emplace_back([&task, index] { task(index); });
  }
  for (std::thread& thread : threads) thread.join();
}

void wait_for(const std::atomic<bool>& flag) {
  while (!flag) std::this_thread::yield();
}

TEST(Executor, RunsEveryTaskOnceInItsOwnWay) {
  for (const Executor& executor :
       {Executor(in_order), Executor(in_reverse), Executor(thread_each)}) {
    const Outcome outcome(executor);
    EXPECT_TRUE(outcome.every_task_ran_once());
    EXPECT_EQ(outcome.message(), "");
  }
}

TEST(Executor, IsNotCalledWhereTheCallingThreadDoesAllTheWork) {
  const Executor unwanted = [](std::size_t, const Task&) { FAIL(); };
  int num_run = 0;
  run({.executor = unwanted, .max_threads = 1}, 5, [&](std::size_t) { ++num_run; });
  run({.executor = unwanted, .max_threads = 8}, 1, [&](std::size_t) { ++num_run; });
  run({.executor = unwanted, .max_threads = 8}, 0, [&](std::size_t) { ++num_run; });
  EXPECT_EQ(num_run, 6);
}

TEST(Executor, NeverSeesWhatATaskThrows) {
  bool reached_its_end = false;
  const Outcome outcome(
      [&](std::size_t num_tasks, const Task& task) {
        in_order(num_tasks, task);
        reached_its_end = true;
      },
      [](std::size_t index) {
        if (index == 4) throw Error(Errc::not_authentic, "four");
      });
  EXPECT_TRUE(reached_its_end);
  EXPECT_EQ(outcome.code(), "not_authentic");
}

TEST(Executor, AfterAnErrorHigherTasksAreSkipped) {
  const Outcome outcome(in_order, [](std::size_t index) {
    if (index >= 4) throw std::runtime_error(std::to_string(index));
  });
  EXPECT_EQ(outcome.message(), "4");
  for (std::size_t index = 0; index < kNumTasks; ++index) {
    EXPECT_EQ(outcome.times(index), index <= 4 ? 1 : 0) << index;
  }
}

TEST(Executor, TheLowestErrorWinsInWhateverOrderTasksRun) {
  const Outcome outcome(in_reverse, [](std::size_t index) {
    if (index == 3 || index == 9 || index == 15) throw std::runtime_error(std::to_string(index));
  });
  EXPECT_EQ(outcome.message(), "3");
}

TEST(Executor, TheLowestErrorWinsWhereAHigherOneComesLater) {
  std::atomic<bool> higher_begun{false};
  std::atomic<bool> lower_failed{false};
  const Executor lower_in_between = [&](std::size_t, const Task& task) {
    std::thread higher([&task] { task(9); });
    wait_for(higher_begun);
    task(3);
    lower_failed = true;
    higher.join();
  };
  const Outcome outcome(lower_in_between, [&](std::size_t index) {
    if (index == 9) {
      higher_begun = true;
      wait_for(lower_failed);
    }
    throw std::runtime_error(std::to_string(index));
  });
  EXPECT_EQ(outcome.message(), "3");
}

TEST(ExecutorMisuse, ThrowingFailsTheRunWithItsWords) {
  const Outcome outcome([](std::size_t, const Task& task) {
    task(0);
    throw std::runtime_error("pool is gone");
  });
  EXPECT_EQ(outcome.code(), "executor_failed");
  EXPECT_EQ(outcome.message(), "the executor threw: pool is gone");
  EXPECT_EQ(outcome.times(0), 1);
}

TEST(ExecutorMisuse, ThrowingAfterTheLastTaskFailsTheRunToo) {
  const Outcome outcome([](std::size_t num_tasks, const Task& task) {
    in_order(num_tasks, task);
    throw std::bad_alloc();
  });
  EXPECT_EQ(outcome.code(), "executor_failed");
}

TEST(ExecutorMisuse, ThrowingWhatIsNoExceptionFailsTheRun) {
  const Outcome outcome([](std::size_t, const Task&) { throw 7; });
  EXPECT_EQ(outcome.code(), "executor_failed");
}

TEST(ExecutorMisuse, LeavingATaskOutFailsTheRun) {
  const Outcome outcome(
      [](std::size_t num_tasks, const Task& task) { in_order(num_tasks - 1, task); });
  EXPECT_EQ(outcome.code(), "executor_failed");
}

TEST(ExecutorMisuse, RunningATaskTwiceInPlaceOfAnotherFailsTheRun) {
  const Outcome outcome([](std::size_t num_tasks, const Task& task) {
    in_order(num_tasks - 1, task);
    task(0);
  });
  EXPECT_EQ(outcome.code(), "executor_failed");
  EXPECT_EQ(outcome.times(0), 1);
}

TEST(ExecutorMisuse, ATasksOwnErrorWins) {
  const Outcome outcome(
      [](std::size_t, const Task& task) {
        task(2);
        throw std::runtime_error("pool is gone");
      },
      [](std::size_t) { throw Error(Errc::deadline_exceeded, "late"); });
  EXPECT_EQ(outcome.code(), "deadline_exceeded");
}

TEST(ExecutorMisuse, SecondCallsOfATaskDoNothing) {
  const Outcome outcome([](std::size_t num_tasks, const Task& task) {
    std::thread beside([&] { in_reverse(num_tasks, task); });
    in_order(num_tasks, task);
    beside.join();
    in_order(num_tasks, task);
  });
  EXPECT_EQ(outcome.message(), "");
  EXPECT_TRUE(outcome.every_task_ran_once());
}

TEST(ExecutorMisuse, IndicesOutOfRangeDoNothing) {
  const Outcome outcome([](std::size_t num_tasks, const Task& task) {
    task(num_tasks);
    task(std::numeric_limits<std::size_t>::max());
    in_order(num_tasks, task);
    task(num_tasks + 1);
  });
  EXPECT_EQ(outcome.message(), "");
  EXPECT_TRUE(outcome.every_task_ran_once());
}

TEST(ExecutorMisuse, ACopyCalledAfterTheRunDoesNothing) {
  Task kept;
  auto touched = std::make_unique<std::vector<int>>(kNumTasks);
  EXPECT_ERRC(
      run({.executor = [&](std::size_t, const Task& task) { kept = task; }, .max_threads = 2},
          kNumTasks, [&](std::size_t index) { touched->at(index) = 1; }),
      Errc::executor_failed);
  EXPECT_EQ(*touched, std::vector<int>(kNumTasks));
  touched.reset();  // a late task would write to freed memory
  std::thread elsewhere([&] { in_order(kNumTasks, kept); });
  in_order(kNumTasks, kept);
  elsewhere.join();
}

TEST(ExecutorMisuse, ATaskStillRunningIsWaitedForAndCounts) {
  for (const bool throws : {false, true}) {
    std::atomic<bool> begun{false};
    std::atomic<bool> leaving{false};
    std::atomic<bool> ended{false};
    std::thread late;
    const Executor leaves_early = [&](std::size_t num_tasks, const Task& task) {
      late = std::thread([copy = task] { copy(0); });
      wait_for(begun);
      for (std::size_t index = 1; index < num_tasks; ++index) task(index);
      leaving = true;
      if (throws) throw std::runtime_error("left");
    };
    const Outcome outcome(leaves_early, [&](std::size_t index) {
      if (index != 0) return;
      begun = true;
      wait_for(leaving);
      for (int turn = 0; turn < 10'000; ++turn) std::this_thread::yield();
      ended = true;
    });
    EXPECT_TRUE(ended) << "the run did not wait";
    EXPECT_TRUE(outcome.every_task_ran_once());
    EXPECT_EQ(outcome.code(), throws ? "executor_failed" : "");
    late.join();
  }
}

TEST(ExecutorMisuse, WhatARunningTaskNeedsOutlivesTheRun) {
  for (int round = 0; round < 500; ++round) {
    std::atomic<bool> begun{false};
    std::thread late;
    const Executor leaves_early = [&](std::size_t num_tasks, const Task& task) {
      late = std::thread([&task] { task(0); });  // no copy: the run alone owns what it calls
      wait_for(begun);
      for (std::size_t index = 1; index < num_tasks; ++index) task(index);
    };
    const Outcome outcome(leaves_early, [&](std::size_t index) {
      if (index == 0) begun = true;
    });
    EXPECT_TRUE(outcome.every_task_ran_once());
    late.join();
  }
}

TEST(ExecutorMisuse, LateCallsRacingTheReturnRunBeforeItOrNever) {
  for (int round = 0; round < 200; ++round) {
    auto alive = std::make_unique<std::vector<int>>(kNumTasks);
    std::thread late;
    const Executor leaves_at_once = [&](std::size_t num_tasks, const Task& task) {
      late = std::thread([num_tasks, copy = task] { in_order(num_tasks, copy); });
      std::this_thread::yield();
    };
    bool complete = true;
    try {
      run({.executor = leaves_at_once, .max_threads = 2}, kNumTasks,
          [&](std::size_t index) { alive->at(index) = 1; });
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::executor_failed);
      complete = false;
    }
    EXPECT_EQ(*alive == std::vector<int>(kNumTasks, 1), complete);
    alive.reset();
    late.join();
  }
}

}  // namespace
}  // namespace morgiana::parallel
