#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crash/crash_log.hpp"
#include "crash/people.hpp"
#include "crash/seed.hpp"
#include "data.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

using test::People;

/// How many crashes: more in a soak (scripts/soak).
std::size_t num_points() {
  const char* given = std::getenv("MORGIANA_CRASH_POINTS");
  return given == nullptr ? 400 : std::strtoul(given, nullptr, 10);
}

/// Random changes of a gallery, with what each must have left when it returned.
class Workload {
 public:
  Workload(Sync sync, std::uint64_t seed)
      : sync_(sync),
        random_(seed),
        key_(KeySource::create_file(folder_ / "key")),
        path_(folder_ / "g"),
        log_(path_) {}

  void run(int num_operations) {
    const test::ShimVfs shim("morgiana-crash", log_);
    Gallery::create(path_, {People::model(), key_}).close();
    log_.start();
    states_ = {{}};
    Gallery gallery = open();
    note(true);
    for (int i = 0; i < num_operations; ++i) {
      const bool is_durable = change(gallery);
      note(is_durable || sync_ == Sync::commit);
    }
    gallery.close();
  }

  /// Crashes after every step where `num` allows, else at random ones.
  void crash(std::size_t num) {
    const std::size_t num_steps = log_.num_steps();
    for (std::size_t i = 0; i < num; ++i) {
      const std::size_t at = num < num_steps ? random_() % (num_steps + 1) : i % (num_steps + 1);
      SCOPED_TRACE("crash after step " + std::to_string(at) + " of " + std::to_string(num_steps));
      check(at);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  struct Moment {
    std::size_t step;   // logged when it returned
    std::size_t state;  // of states_
    bool is_durable;
  };

  Gallery open() { return Gallery::open(path_, {.key = key_, .sync = sync_}); }

  void note(bool is_durable) {
    moments_.push_back({log_.num_steps(), states_.size() - 1, is_durable});
  }

  std::string somebody(const People::State& state) {
    auto at = state.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % state.size()));
    return at->first;
  }

  /// Whether what was done is on disk whatever the gallery's Sync.
  bool change(Gallery& gallery) {
    People::State state = states_.back();
    const std::uint64_t what = random_() % 20;
    if (what == 0) {
      gallery.close();
      gallery = open();
      return true;
    }
    if (what == 1) return gallery.compact(), false;
    if (what == 2) return gallery.flush(), true;
    if (what == 16) return gallery.rotate_keys(), true;
    if (what == 17) return gallery.renew(), true;
    if (what < 6 && !state.empty()) {
      const std::string id = somebody(state);
      gallery.remove(id);
      state.erase(id);
      states_.push_back(state);
      return true;
    }
    if (what < 9 && !state.empty()) {
      const std::string id = somebody(state);
      state[id] = ++num_people_;
      gallery.update(id, People::references(num_people_));
      states_.push_back(state);
      return true;
    }
    std::vector<Enrolment> some;
    for (std::uint64_t i = 0; i <= random_() % 3; ++i) {
      const std::string id = "s" + std::to_string(++num_people_);
      state[id] = num_people_;
      some.push_back({SubjectId(id), People::references(num_people_)});
    }
    gallery.enrol(some);
    states_.push_back(state);
    return false;
  }

  /// The states a crash may leave: from what was durable last to what was begun.
  std::pair<std::size_t, std::size_t> allowed(std::size_t at) const {
    std::size_t first = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      if (moments_[i].step > at) return {first, moments_[i].state};  // it had begun
      if (moments_[i].is_durable) first = moments_[i].state;
      last = moments_[i].state;
    }
    return {first, last};
  }

  void check(std::size_t at) {
    const std::string copy = folder_ / "copy";
    log_.crash(at, copy, random_);
    const auto [first, last] = allowed(at);
    try {
      Gallery gallery = Gallery::open(copy, {.key = key_});
      std::string difference = "no state is allowed";
      std::size_t state = first;
      for (; state <= last; ++state) {
        difference = People::difference(gallery, states_[state]);
        if (difference.empty()) break;
      }
      ASSERT_EQ(difference, "") << "states " << first << " to " << last;
      ASSERT_EQ(gallery.stats().num_pending_erasures, 0U);
      // And it goes on from there, with what the crash cut off as well.
      gallery.enrol("after", People::references(9));
      gallery.remove("after");
      if (at % 4 != 0) return;
      ASSERT_EQ(gallery.rotate_keys().old_keys, Erasure::done);
      ASSERT_EQ(People::difference(gallery, states_[state]), "");
    } catch (const Error& error) {
      FAIL() << name(error.code()) << ": " << error.what();
    }
  }

  Sync sync_;
  std::mt19937_64 random_;
  test::ScratchFolder folder_{test::folder_in_memory()};
  KeySource key_;
  std::string path_;
  test::CrashLog log_;
  std::uint64_t num_people_ = 0;
  std::vector<People::State> states_;
  std::vector<Moment> moments_;
};

class Crash : public ::testing::TestWithParam<Sync> {};
INSTANTIATE_TEST_SUITE_P(Crash, Crash, ::testing::Values(Sync::commit, Sync::batched),
                         [](const auto& each) {
                           return each.param == Sync::commit ? "Commit" : "Batched";
                         });

TEST_P(Crash, LeavesAllThatWasAcknowledgedAndNothingByHalves) {
  constexpr int kOperations = 60;
  constexpr std::size_t kPointsOfAWorkload = 200;
  for (std::size_t done = 0; done < num_points(); done += kPointsOfAWorkload) {
    const std::uint64_t seed = test::first_seed() + done;
    SCOPED_TRACE("MORGIANA_SEED=" + std::to_string(seed));
    Workload workload(GetParam(), seed);
    workload.run(kOperations);
    workload.crash(kPointsOfAWorkload);
    if (HasFatalFailure()) return;
    if (num_points() > 10'000 || done % 10'000 == 9'800) {
      std::printf("%zu of %zu crashes\n", done + kPointsOfAWorkload, num_points());
    }
  }
}

}  // namespace
}  // namespace morgiana
