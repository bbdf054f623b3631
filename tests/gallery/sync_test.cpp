#include <atomic>
#include <chrono>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "errors.hpp"
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

/// Whether the log has anything that the disk was not asked to keep.
class Unsynced : public test::ShimVfs::Watch {
 public:
  bool any() const { return any_; }

 private:
  static bool is_log(const char* path) {
    return path != nullptr && std::string_view(path).ends_with("campus.morgiana-wal");
  }
  int write(const char* path, sqlite3_file& real, const void* bytes, int num_bytes,
            sqlite3_int64 offset) override {
    if (is_log(path)) any_ = true;
    return Watch::write(path, real, bytes, num_bytes, offset);
  }
  int sync(const char* path, sqlite3_file& real, int flags) override {
    const int code = Watch::sync(path, real, flags);
    if (is_log(path)) any_ = false;
    return code;
  }
  std::atomic<bool> any_ = false;
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

TEST(Batched, EnrolmentsAreOnDiskBeforeAnAnchorNamesThem) {
  Unsynced log;
  const test::ShimVfs disk("morgiana-unsynced", log);
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  Anchor::Value held;
  std::atomic<bool> is_too_soon = false;
  std::atomic<int> num_swaps = 0;
  const Anchor anchor = Anchor::callback([&] { return held; },
                                         [&](const Anchor::Value&, const Anchor::Value& next) {
                                           if (log.any()) is_too_soon = true;
                                           ++num_swaps;
                                           held = next;
                                           return true;
                                         });
  campus.gallery.set_anchor(anchor);
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {campus.key, {}, Sync::batched, {}, anchor});

  const std::vector quick{Enrolment{SubjectId("quick"), {campus.person()}}};
  const std::vector again{Enrolment{SubjectId("slow"), {campus.person()}}};
  num_swaps = 0;
  {
    HeldEnrolment slow(campus, "slow");
    const auto some_time = [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
    std::thread removing([&] { campus.gallery.remove("ada"); });
    some_time();  // in this order, most likely
    std::thread enrolling([&] { campus.gallery.enrol(quick); });
    some_time();
    std::thread failing([&] {  // takes the group apart
      EXPECT_ERRC(campus.gallery.enrol(again), Errc::duplicate_subject);
    });
    some_time();
    slow.release();
    removing.join();
    enrolling.join();
    failing.join();
  }
  EXPECT_GE(num_swaps, 1);
  EXPECT_FALSE(is_too_soon);
  campus.gallery.close();
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
