#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <thread>

#include "errors.hpp"
#include "parallel/run.hpp"

namespace morgiana::parallel {
namespace {

/// Of this process, in bytes.
struct Use {
  Use() {
    std::ifstream statm("/proc/self/statm");
    statm >> addresses >> resident;
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    addresses *= page;
    resident *= page;
  }
  std::size_t addresses = 0;
  std::size_t resident = 0;
};

TEST(Memory, ManyRunsTakeNoMoreThanFew) {
  const auto run_often = [](int times) {
    for (int i = 0; i < times; ++i) run({.max_threads = 2}, 8, [](std::size_t) {});
  };
  run_often(500);
  const Use before;
  run_often(4000);
  EXPECT_LT(Use().resident, before.resident + (std::size_t{4} << 20));
}

/// Lets this process have so many more bytes of addresses than it has now.
void limit_memory(std::size_t more) {
  const rlim_t limit = Use().addresses + more;
  const rlimit both{limit, limit};
  if (setrlimit(RLIMIT_AS, &both) != 0) std::abort();
}

enum Outcome { kRan = 0, kNoMemory = 10, kFailed = 11, kBlamedAnExecutor = 12 };

/// What a run on oneTBB comes to in a process that has no more memory than that.
[[noreturn]] void exit_with_outcome(std::size_t more) {
  limit_memory(more);
  try {
    run({.max_threads = 2}, 1000, [](std::size_t) {});
    std::_Exit(kRan);
  } catch (const std::bad_alloc&) {
    std::_Exit(kNoMemory);
  } catch (const Error& error) {
    const bool is_blamed = std::string_view(error.what()).find("the executor") == 0;
    std::_Exit(error.code() == Errc::executor_failed && !is_blamed ? kFailed : kBlamedAnExecutor);
  }
}

/// Throws what takes more memory to tell than there is, while one of its tasks runs.
[[noreturn]] void exit_with_whether_the_task_had_ended() {
  static const std::string long_story(std::size_t{64} << 20, 'x');
  struct Thrown : std::exception {
    const char* what() const noexcept override { return long_story.c_str(); }
  };
  std::atomic<bool> has_begun = false;
  std::atomic<bool> has_ended = false;
  std::thread pool;
  const Executor executor = [&](std::size_t, const std::function<void(std::size_t)>& task) {
    pool = std::thread([task] { task(0); });
    while (!has_begun) std::this_thread::yield();
    limit_memory(std::size_t{8} << 20);
    throw Thrown();
  };
  try {
    run({.executor = executor, .max_threads = 2}, 2, [&](std::size_t) {
      has_begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      has_ended = true;
    });
    std::_Exit(kRan);
  } catch (const std::bad_alloc&) {
    std::_Exit(has_ended ? kNoMemory : kFailed);
  }
}

class NoMemory : public testing::Test {
 protected:
  // The child starts anew: oneTBB does not outlive a fork.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(NoMemory, PassesThroughAsBadAlloc) {
  EXPECT_EXIT(exit_with_outcome(0), testing::ExitedWithCode(kNoMemory), "");
}

TEST_F(NoMemory, OfAThreadsStackIsNotBlamedOnAnExecutorThatNobodyPassed) {
  const auto is_told_apart = [](int status) {
    const int outcome = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome == kFailed || outcome == kNoMemory;
  };
  EXPECT_EXIT(exit_with_outcome(std::size_t{4} << 20), is_told_apart, "");
}

TEST_F(NoMemory, ToSayWhatAnExecutorThrewDoesNotLeaveItsTasksRunning) {
  EXPECT_EXIT(exit_with_whether_the_task_had_ended(), testing::ExitedWithCode(kNoMemory), "");
}

}  // namespace
}  // namespace morgiana::parallel
