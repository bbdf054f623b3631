#include "crash/history.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "crash/people.hpp"
#include "crash/seed.hpp"
#include "crash/shared.hpp"
#include "data.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

using test::Call;
using test::People;

constexpr std::uint8_t kNone = 1;
constexpr std::uint8_t kFirst = 2;   // enrolled with one face
constexpr std::uint8_t kSecond = 4;  // or with the other
constexpr std::uint32_t kNumSubjects = 24;
constexpr std::size_t kNumWriters = 4;
constexpr std::size_t kNumReaders = 2;  // in this process, and as many in the one that follows

/// How many calls: more in a soak (scripts/soak).
std::size_t num_calls() {
  const char* given = std::getenv("MORGIANA_HISTORY_CALLS");
  return given == nullptr ? 60'000 : std::strtoul(given, nullptr, 10);
}

std::uint64_t now_ns() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

Template face(std::uint32_t subject, std::uint8_t state) {
  return People::references(10 * subject + state).front();
}

std::string id_of(std::uint32_t subject) {
  return "s" + std::to_string(subject);
}

/// What one thread did, in memory that all see.
struct Log {
  std::atomic<std::size_t> size;
  std::atomic<bool> failed;
};

class Race {
 public:
  Race()
      : calls_each_(num_calls() / kNumThreads),
        logs_(kNumThreads),
        calls_(kNumThreads * calls_each_) {}

  void run(const ModelId& model) {
    const KeySource key = KeySource::create_file(folder_ / "key");
    Gallery::create(folder_ / "g", {model, key}).close();
    const pid_t follower = ::fork();  // before this process has threads
    ASSERT_GE(follower, 0);
    if (follower == 0) ::_exit(follow(key));
    {
      Gallery gallery = Gallery::open(
          folder_ / "g", {.key = key, .sync = Sync::batched, .refusals = std::nullopt});
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < kNumWriters; ++i) {
        threads.emplace_back([&, i] { guard(i, [&] { write(gallery, i); }); });
      }
      for (std::size_t i = 0; i < kNumReaders; ++i) {
        threads.emplace_back(
            [&, i] { guard(kNumWriters + i, [&] { read_all(gallery, kNumWriters + i); }); });
      }
      for (std::thread& thread : threads) thread.join();
      int status = 1;
      ASSERT_EQ(::waitpid(follower, &status, 0), follower);
      EXPECT_EQ(status, 0);
      gallery.close();
    }
    Gallery::open(folder_ / "g", {.key = key}).close();  // all that was committed is authentic
  }

  /// What threads [first, last) read, and all that was written.
  std::vector<Call> calls(std::size_t first, std::size_t last) {
    std::vector<Call> some;
    for (std::size_t i = 0; i < kNumThreads; ++i) {
      EXPECT_FALSE(logs_[i].failed) << "thread " << i;
      for (std::size_t j = 0; j < logs_[i].size; ++j) {
        const Call& call = calls_[i * calls_each_ + j];
        if (call.is_write != 0 || (first <= i && i < last)) some.push_back(call);
      }
    }
    return some;
  }

  static constexpr std::size_t kFollowers = kNumWriters + kNumReaders;  // from this thread on
  static constexpr std::size_t kNumThreads = kFollowers + kNumReaders;

 private:
  template <class Work>
  void guard(std::size_t thread, Work work) {
    try {
      work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "thread %zu: %s\n", thread, error.what());
      logs_[thread].failed = true;
    }
  }

  int follow(const KeySource& key) {
    guard(kFollowers, [&] {
      const Gallery gallery =
          Gallery::follow(folder_ / "g", {.key = key, .refusals = std::nullopt});
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < kNumReaders; ++i) {
        const std::size_t thread = kFollowers + i;
        threads.emplace_back([&, thread] { guard(thread, [&] { read_all(gallery, thread); }); });
      }
      for (std::thread& thread : threads) thread.join();
    });
    return logs_[kFollowers].failed ? 1 : 0;
  }

  void note(std::size_t thread, const Call& call) {
    const std::size_t at = logs_[thread].size;
    calls_[thread * calls_each_ + at] = call;
    logs_[thread].size = at + 1;
  }

  bool is_full(std::size_t thread) { return logs_[thread].size == calls_each_; }

  /// A writer has subjects of its own, and reads those of all.
  void write(Gallery& gallery, std::size_t thread) {
    std::mt19937_64 random(test::first_seed() * kNumThreads + thread);
    std::vector<std::uint8_t> states(kNumSubjects, kNone);
    while (!is_full(thread)) {
      if (random() % 4 != 0) {
        read(gallery, thread, random);
        continue;
      }
      const auto subject = static_cast<std::uint32_t>(
          random() % (kNumSubjects / kNumWriters) * kNumWriters + thread);
      std::uint8_t& state = states[subject];
      const std::uint8_t next = state == kNone      ? (random() % 2 == 0 ? kFirst : kSecond)
                                : random() % 2 == 0 ? kNone
                                                    : static_cast<std::uint8_t>(6 - state);
      Call call{now_ns(), 0, subject, 1, next};
      change(gallery, subject, state, next);
      call.end_ns = now_ns();
      note(thread, call);
      state = next;
      if (random() % 512 == 0) gallery.compact();
    }
  }

  static void change(Gallery& gallery, std::uint32_t subject, std::uint8_t from, std::uint8_t to) {
    if (to == kNone) {
      gallery.remove(id_of(subject));
    } else if (from == kNone) {
      gallery.enrol(id_of(subject), {face(subject, to)});
    } else {
      gallery.update(id_of(subject), std::vector{face(subject, to)});
    }
  }

  void read_all(const Gallery& gallery, std::size_t thread) {
    std::mt19937_64 random(test::first_seed() * kNumThreads + thread);
    while (!is_full(thread)) read(gallery, thread, random);
  }

  void read(const Gallery& gallery, std::size_t thread, std::mt19937_64& random) {
    const auto subject = static_cast<std::uint32_t>(random() % kNumSubjects);
    const std::uint64_t how = random() % 8;
    Call call{now_ns(), 0, subject, 0, 0};
    call.states = how == 0   ? contained(gallery, subject)
                  : how == 1 ? verified(gallery, subject)
                             : identified(gallery, subject);
    call.end_ns = now_ns();
    note(thread, call);
  }

  static std::uint8_t contained(const Gallery& gallery, std::uint32_t subject) {
    return gallery.contains(id_of(subject)) ? kFirst | kSecond : kNone;
  }

  static std::uint8_t verified(const Gallery& gallery, std::uint32_t subject) {
    try {
      const auto answer =
          gallery.verify(id_of(subject), face(subject, kFirst), {.accept = {{0.9F}}});
      return answer.accepted() ? kFirst : kSecond;
    } catch (const Error& error) {
      if (error.code() != Errc::unknown_subject) throw;
      return kNone;
    }
  }

  /// Both faces in one call, which answers of one state: a subject that has none of them is not
  /// enrolled, one that has both never was.
  static std::uint8_t identified(const Gallery& gallery, std::uint32_t subject) {
    const std::vector<Template> probes{face(subject, kFirst), face(subject, kSecond)};
    const auto answers = gallery.identify(probes, {.accept = {{0.9F}}});
    const bool is_first = answers[0].num_accepted() > 0;
    const bool is_second = answers[1].num_accepted() > 0;
    if (is_first && is_second) return 0;
    return is_first ? kFirst : is_second ? kSecond : kNone;
  }

  test::ScratchFolder folder_{test::folder_in_memory()};
  std::size_t calls_each_;
  test::Shared<Log> logs_;
  test::Shared<Call> calls_;
};

TEST(History, CallsOfThreadsAndOfAFollowingProcessTakeEffectAtOneInstantEach) {
  Race race;
  race.run(People::model());
  if (HasFatalFailure()) return;
  // A follower may see a change a moment before the call that makes it returns, and before searches
  // beside that call do: each process has an order of its own, with the writes of the one.
  const auto own = race.calls(0, Race::kFollowers);
  const auto followed = race.calls(Race::kFollowers, Race::kNumThreads);
  const auto num_writes = static_cast<std::size_t>(
      std::count_if(own.begin(), own.end(), [](const Call& call) { return call.is_write != 0; }));
  const std::size_t num_all = own.size() + followed.size() - num_writes;
  std::printf("%zu calls, %zu of them writes\n", num_all, num_writes);
  EXPECT_GE(num_all, num_calls() * 9 / 10);
  EXPECT_GT(num_writes, num_all / 16);
  for (const auto* calls : {&own, &followed}) {
    const auto violations = check_history(*calls, kNone);
    EXPECT_EQ(violations.size(), 0U) << (calls == &own ? "writer" : "follower");
    for (std::size_t i = 0; i < violations.size() && i < 5; ++i) {
      const auto& [reading, first, last] = violations[i];
      ADD_FAILURE() << "subject " << reading.subject << " read as " << int{reading.states}
                    << " where writes " << first << " to " << last << " were possible";
    }
  }
}

// The checker itself: it must see what it is for.

TEST(HistoryChecker, AcceptsReadingsThatSomeOrderExplains) {
  const std::vector<Call> calls{{10, 20, 0, 1, kFirst}, {12, 14, 0, 0, kNone},
                                {15, 30, 0, 0, kFirst}, {40, 50, 0, 1, kNone},
                                {45, 60, 0, 0, kFirst}, {45, 60, 0, 0, kNone}};
  EXPECT_TRUE(check_history(calls, kNone).empty());
}

TEST(HistoryChecker, SeesAStaleAcceptAndAnUnreachableSubject) {
  const std::vector<Call> stale{
      {10, 20, 0, 1, kFirst}, {30, 40, 0, 1, kNone}, {41, 45, 0, 0, kFirst}};
  EXPECT_EQ(check_history(stale, kNone).size(), 1U);
  const std::vector<Call> missed{{10, 20, 0, 1, kFirst}, {21, 25, 0, 0, kNone}};
  EXPECT_EQ(check_history(missed, kNone).size(), 1U);
}

TEST(HistoryChecker, SeesAReadingThatGoesBackInTime) {
  const std::vector<Call> calls{
      {10, 100, 0, 1, kFirst}, {20, 30, 0, 0, kFirst}, {40, 50, 0, 0, kNone}};
  EXPECT_EQ(check_history(calls, kNone).size(), 1U);
}

}  // namespace
}  // namespace morgiana
