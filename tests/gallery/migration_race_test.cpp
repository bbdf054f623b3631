#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "gallery/two_models.hpp"

namespace morgiana {
namespace {

/// An anchor in memory that does something between a commit and the return of the call.
struct Interruption {
  Anchor anchor() {
    return Anchor::callback([this] { return held; },
                            [this](const Anchor::Value&, const Anchor::Value& next) {
                              held = next;
                              if (auto once = std::exchange(then, {})) once();
                              return true;
                            });
  }

  Anchor::Value held;
  std::function<void()> then;
};

/// Ada, in the older gallery.
struct MigrationRaces : ::testing::Test {
  MigrationRaces() { world.older.enrol("ada", {ada.older}); }

  Pass pass() { return migration.identify(ada.older, ada.newer); }

  /// Runs `passes` on threads until they wait for the newer gallery, most likely, then `meanwhile`.
  template <class Meanwhile>
  std::vector<Pass> held_up(std::size_t num_passes, Meanwhile meanwhile) {
    std::promise<void> has_begun;
    std::promise<void> may_end;
    const std::vector slow{Enrolment{SubjectId("slow"), {world.person().newer}}};
    std::thread holder([&] {
      world.newer.enrol(slow, {.progress = [&](std::uint64_t, std::uint64_t) {
                          has_begun.set_value();
                          may_end.get_future().wait();
                        }});
    });
    has_begun.get_future().wait();
    std::vector<std::future<Pass>> waiting;
    for (std::size_t i = 0; i < num_passes; ++i) {
      waiting.push_back(std::async(std::launch::async, [&] { return pass(); }));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    meanwhile();
    may_end.set_value();
    holder.join();
    std::vector<Pass> passes;
    for (auto& one : waiting) passes.push_back(one.get());
    return passes;
  }

  std::uint64_t num_commits() const {
    return Gallery::check(world.folder / "newer", {world.key}).num_commits;
  }

  Interruption interruption;
  TwoModels world{interruption.anchor()};
  Migration migration{world.older, world.newer, TwoModels::policy()};
  Photo ada = world.person();
};

TEST_F(MigrationRaces, OfTwoGatesOneEnrolsAndTheOtherIsToldThatHeIsThere) {
  int num_enrolled = 0;
  for (const Pass& one : held_up(4, [] {})) {
    EXPECT_EQ(one.decision.subject, SubjectId("ada"));
    EXPECT_FALSE(one.error);
    if (one.reenrolment == Reenrolment::enrolled) {
      ++num_enrolled;
    } else {
      EXPECT_EQ(name(one.reenrolment), name(Reenrolment::already));
    }
  }
  EXPECT_EQ(num_enrolled, 1);
}

TEST_F(MigrationRaces, WhoIsRemovedBeforeTheEnrolmentIsNeverWritten) {
  const std::uint64_t before = num_commits();
  const Pass late = held_up(1, [&] { world.older.remove("ada"); }).front();
  EXPECT_FALSE(late.decision.subject) << "who was revoked by the time of the answer";
  EXPECT_EQ(name(late.reenrolment), name(Reenrolment::nobody));
  EXPECT_FALSE(world.newer.contains("ada"));
  EXPECT_EQ(num_commits(), before + 1) << "that of the slow one";
}

TEST_F(MigrationRaces, WhoIsUpdatedBeforeTheEnrolmentIsNotEnrolledByTheOldReference) {
  const Template other = world.person().older;
  const Pass late = held_up(1, [&] { world.older.update("ada", std::vector{other}); }).front();
  EXPECT_FALSE(late.decision.subject);
  EXPECT_FALSE(world.newer.contains("ada"));
}

TEST_F(MigrationRaces, WhoIsUpdatedAndStillKnownIsGrantedAndEnrolledNextTime) {
  const Template same = world.again(ada).older;
  const Pass late = held_up(1, [&] { world.older.update("ada", std::vector{same}); }).front();
  EXPECT_EQ(late.decision.subject, SubjectId("ada"));
  EXPECT_EQ(name(late.reenrolment), name(Reenrolment::changed));
  EXPECT_FALSE(world.newer.contains("ada"));
  EXPECT_EQ(name(pass().reenrolment), name(Reenrolment::enrolled));
}

TEST_F(MigrationRaces, WhoIsRemovedWhileTheEnrolmentIsCommittedIsTakenOutAgain) {
  interruption.then = [&] { world.older.remove("ada"); };
  EXPECT_FALSE(pass().decision.subject);
  EXPECT_FALSE(world.newer.contains("ada"));
}

TEST_F(MigrationRaces, ARemovalFromBothWaitsForAnEnrolmentThatHasBegun) {
  std::future<MigrationRemoval> removal;
  interruption.then = [&] {
    removal = std::async(std::launch::async, [&] { return migration.remove("ada"); });
    while (world.older.contains("ada")) std::this_thread::yield();
  };
  EXPECT_FALSE(pass().decision.subject);
  removal.get();
  EXPECT_FALSE(world.older.contains("ada") || world.newer.contains("ada"));
}

TEST_F(MigrationRaces, AnAnchorThatCannotBeMovedIsToldWithTheEnrolment) {
  interruption.then = [] { throw std::runtime_error("the register is away"); };
  const Pass one = pass();
  EXPECT_EQ(name(one.reenrolment), name(Reenrolment::enrolled));
  ASSERT_TRUE(one.error);
  EXPECT_EQ(name(one.error->code()), name(Errc::anchor_failed));
  EXPECT_TRUE(world.newer.contains("ada"));
}

TEST_F(MigrationRaces, RemovalsAmongPassesLeaveNobodyInEitherGallery) {
  for (int round = 0; round < 40; ++round) {
    if (!world.older.contains("ada")) world.older.enrol("ada", {ada.older});
    auto gate = std::async(std::launch::async, [&] { return pass(); });
    auto other = std::async(std::launch::async, [&] { return pass(); });
    if (round % 2 == 0) std::this_thread::yield();
    migration.remove("ada");
    EXPECT_FALSE(world.older.contains("ada"));
    gate.get();
    other.get();
    EXPECT_FALSE(world.newer.contains("ada"));
  }
}

}  // namespace
}  // namespace morgiana
