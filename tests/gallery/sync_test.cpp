#include <atomic>
#include <chrono>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gallery/held_enrolment.hpp"
#include "store/database.hpp"
#include "store/shim_vfs.hpp"

namespace morgiana {
namespace {

/// How often SQLite asks the disk to keep what it was given.
class Syncs : public test::ShimVfs::Watch {
 public:
  int count() { return num_.exchange(0); }

 private:
  int sync(const char* path, sqlite3_file& real, int flags) override {
    ++num_;
    return Watch::sync(path, real, flags);
  }
  std::atomic<int> num_ = 0;
};

struct SyncCount : ::testing::Test {
  Syncs syncs;
  test::ShimVfs disk{"morgiana-syncs", syncs};
  Campus campus;
};

TEST_F(SyncCount, AnEnrolmentWaitsForTheDiskOnce) {
  campus.gallery.enrol("first", {campus.person()});
  syncs.count();
  for (int i = 0; i < 5; ++i) {
    campus.gallery.enrol("p" + std::to_string(i), {campus.person(), campus.person()});
    EXPECT_EQ(syncs.count(), 1);
  }
}

TEST_F(SyncCount, ARefusalThatCountsWaitsForTheDiskOnce) {
  campus.gallery.enrol("ada", {campus.person()});
  const Template stranger = campus.person();
  const auto refuse = [&] { campus.gallery.verify("ada", stranger, {.accept = {{0.6F}}}); };
  refuse();  // makes the file
  syncs.count();
  for (int i = 0; i < 5; ++i) {
    refuse();
    EXPECT_EQ(syncs.count(), 1);
  }
}

TEST_F(SyncCount, BatchedEnrolmentsWaitAtTheNextFlushOrRemoval) {
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {.key = campus.key, .sync = Sync::batched});
  campus.gallery.enrol("first", {campus.person()});
  syncs.count();
  for (int i = 0; i < 20; ++i) {
    campus.gallery.enrol("p" + std::to_string(i), {campus.person()});
  }
  EXPECT_EQ(syncs.count(), 0);
  campus.gallery.flush();
  EXPECT_EQ(syncs.count(), 1);
  campus.gallery.enrol("last", {campus.person()});
  EXPECT_EQ(syncs.count(), 0);
  campus.gallery.remove("first");
  EXPECT_GE(syncs.count(), 1);
}

TEST_F(SyncCount, BatchedEnrolmentsAreDurableWhenTheGalleryIsClosedBesideAFollower) {
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {.key = campus.key, .sync = Sync::batched});
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key});
  campus.gallery.enrol("first", {campus.person()});
  syncs.count();
  campus.gallery.close();
  EXPECT_GE(syncs.count(), 1);
}

TEST_F(SyncCount, ARemovalWaitsThoughItIsCommittedWithBatchedEnrolments) {
  campus.gallery.enrol("ada", {campus.person()});
  campus.gallery.close();  // empties the log
  campus.gallery = Gallery::open(campus.path, {.key = campus.key, .sync = Sync::batched});
  const store::Database beside = store::Database::follow(campus.path);
  const store::Snapshot reader = beside.snapshot();  // so that no erasure syncs
  campus.gallery.enrol("eve", {campus.person()});    // syncs the header of the log
  syncs.count();

  const std::vector quick{Enrolment{SubjectId("quick"), {campus.person()}}};
  {
    HeldEnrolment slow(campus, "slow");
    std::thread enrolling([&] { campus.gallery.enrol(quick); });
    std::thread removing([&] { campus.gallery.remove("ada"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // both wait by now, most likely
    slow.release();
    enrolling.join();
    removing.join();
  }
  EXPECT_EQ(syncs.count(), 1);
}

TEST_F(SyncCount, EnrolmentsThatComeTogetherShareOne) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::vector<std::vector<Template>> people(kThreads);
  for (auto& some : people) {
    for (int i = 0; i < kEach; ++i) some.push_back(campus.person());
  }
  syncs.count();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const Template& one = people[static_cast<std::size_t>(t)][static_cast<std::size_t>(i)];
        campus.gallery.enrol(std::to_string(t) + "-" + std::to_string(i), {one});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(campus.gallery.stats().num_subjects, kThreads * kEach);
  EXPECT_LT(syncs.count(), kThreads * kEach);
}

}  // namespace
}  // namespace morgiana
