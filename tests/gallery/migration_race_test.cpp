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
  MigrationRaces() { world.from.enrol("ada", {ada.from}); }

  Pass pass() { return migration.pass(ada.from, ada.to); }

  /// Runs `passes` on threads until they wait for the newer gallery, most likely, then `meanwhile`.
  template <class Meanwhile>
  std::vector<Pass> held_up(std::size_t num_passes, Meanwhile meanwhile) {
    std::promise<void> has_begun;
    std::promise<void> may_end;
    const std::vector slow{Enrolment{SubjectId("slow"), {world.person().to}}};
    std::thread holder([&] {
      world.to.enrol(slow, {.progress = [&](std::uint64_t, std::uint64_t) {
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
    return Gallery::check(world.folder / "to", {world.key}).num_commits;
  }

  Interruption interruption;
  TwoModels world{interruption.anchor()};
  Migration migration{world.from, world.to, TwoModels::policy()};
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
  const Pass late = held_up(1, [&] { world.from.remove("ada"); }).front();
  EXPECT_FALSE(late.decision.subject) << "who was revoked by the time of the answer";
  EXPECT_EQ(name(late.reenrolment), name(Reenrolment::nobody));
  EXPECT_FALSE(world.to.contains("ada"));
  EXPECT_EQ(num_commits(), before + 1) << "that of the slow one";
}

TEST_F(MigrationRaces, WhoIsUpdatedBeforeTheEnrolmentIsNotEnrolledByTheOldReference) {
  const Template other = world.person().from;
  const Pass late = held_up(1, [&] { world.from.update("ada", std::vector{other}); }).front();
  EXPECT_FALSE(late.decision.subject);
  EXPECT_FALSE(world.to.contains("ada"));
}

TEST_F(MigrationRaces, WhoIsUpdatedAndStillKnownIsGrantedAndEnrolledNextTime) {
  const Template same = world.again(ada).from;
  const Pass late = held_up(1, [&] { world.from.update("ada", std::vector{same}); }).front();
  EXPECT_EQ(late.decision.subject, SubjectId("ada"));
  EXPECT_EQ(name(late.reenrolment), name(Reenrolment::changed));
  EXPECT_FALSE(world.to.contains("ada"));
  EXPECT_EQ(name(pass().reenrolment), name(Reenrolment::enrolled));
}

TEST_F(MigrationRaces, WhoIsRemovedWhileTheEnrolmentIsCommittedIsTakenOutAgain) {
  interruption.then = [&] { world.from.remove("ada"); };
  EXPECT_FALSE(pass().decision.subject);
  EXPECT_FALSE(world.to.contains("ada"));
}

TEST_F(MigrationRaces, ARemovalFromBothWaitsForAnEnrolmentThatHasBegun) {
  std::future<MigrationRemoval> removal;
  interruption.then = [&] {
    removal = std::async(std::launch::async, [&] { return migration.remove("ada"); });
    while (world.from.contains("ada")) std::this_thread::yield();
  };
  EXPECT_FALSE(pass().decision.subject);
  removal.get();
  EXPECT_FALSE(world.from.contains("ada") || world.to.contains("ada"));
}

TEST_F(MigrationRaces, AnAnchorThatCannotBeMovedIsToldWithTheEnrolment) {
  interruption.then = [] { throw std::runtime_error("the register is away"); };
  const Pass one = pass();
  EXPECT_EQ(name(one.reenrolment), name(Reenrolment::enrolled));
  ASSERT_TRUE(one.error);
  EXPECT_EQ(name(one.error->code()), name(Errc::anchor_failed));
  EXPECT_TRUE(world.to.contains("ada"));
}

TEST_F(MigrationRaces, RemovalsAmongPassesLeaveNobodyInEitherGallery) {
  for (int round = 0; round < 40; ++round) {
    if (!world.from.contains("ada")) world.from.enrol("ada", {ada.from});
    auto gate = std::async(std::launch::async, [&] { return pass(); });
    auto other = std::async(std::launch::async, [&] { return pass(); });
    if (round % 2 == 0) std::this_thread::yield();
    migration.remove("ada");
    EXPECT_FALSE(world.from.contains("ada"));
    gate.get();
    other.get();
    EXPECT_FALSE(world.to.contains("ada"));
  }
}

}  // namespace
}  // namespace morgiana
