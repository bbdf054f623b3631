#include <limits>
#include <string>
#include <vector>

#include "errors.hpp"
#include "gallery/two_models.hpp"
#include "store/faulty_vfs.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

/// Ada is enrolled in the older gallery, in two cohorts.
struct Migrations : ::testing::Test {
  Migrations() {
    world.older.enrol(std::vector{Enrolment{SubjectId("ada"), {ada.older}, Cohorts{0b101}}});
  }

  static void expect(const Pass& pass, const std::string& who, Reenrolment reenrolment) {
    EXPECT_EQ(name(pass.decision.outcome), name(Outcome::granted)) << name(pass.decision.reason);
    EXPECT_EQ(pass.decision.subject, SubjectId(who));
    EXPECT_EQ(name(pass.reenrolment), name(reenrolment));
  }

  static void expect(const Pass& pass, Outcome outcome, Reason reason) {
    EXPECT_EQ(name(pass.decision.outcome), name(outcome));
    EXPECT_EQ(name(pass.decision.reason), name(reason));
    EXPECT_FALSE(pass.decision.subject || pass.model);
    EXPECT_EQ(name(pass.reenrolment), name(Reenrolment::nobody));
  }

  std::uint64_t num_in_newer() const { return world.newer.stats().num_subjects; }

  TwoModels world;
  Photo ada = world.person();
};

TEST_F(Migrations, EnrolWhomTheOlderGalleryGrants) {
  const Photo today = world.again(ada);
  const Pass first = world.pass(today);
  expect(first, "ada", Reenrolment::enrolled);
  EXPECT_EQ(first.model, world.older_model);
  EXPECT_FALSE(first.error);
  const auto enrolled = world.newer.enrolled("ada");
  ASSERT_TRUE(enrolled);
  EXPECT_EQ(enrolled->cohorts, Cohorts{0b101});
  EXPECT_EQ(enrolled->num_references, 1U);
  EXPECT_TRUE(world.newer.verify("ada", today.newer, {.accept = {{0.9999F}}}).accepted());

  const Pass second = world.pass(world.again(today, 0.2, 0.9));
  expect(second, "ada", Reenrolment::already);
  EXPECT_EQ(second.model, world.newer_model);
}

TEST_F(Migrations, GrantWhomTheNewerGalleryGrantsByItself) {
  const Photo bob = world.person();
  world.newer.enrol("bob", {bob.newer});
  const Pass pass = world.pass(world.again(bob));
  expect(pass, "bob", Reenrolment::already);
  EXPECT_EQ(pass.model, world.newer_model);
  EXPECT_FALSE(world.older.contains("bob"));
}

TEST_F(Migrations, GrantBelowTheThresholdOfEnrolmentAndEnrolNobody) {
  expect(world.pass(world.again(ada, 0.79)), "ada", Reenrolment::too_weak);
  EXPECT_EQ(num_in_newer(), 0U);
}

TEST_F(Migrations, GrantBelowTheMarginOfEnrolmentAndEnrolNobody) {
  world.older.enrol("twin", {world.again(ada, 0.92).older});
  expect(world.pass(ada), "ada", Reenrolment::too_weak);
  EXPECT_EQ(num_in_newer(), 0U);
}

TEST_F(Migrations, EnrolNobodyWhoseLookalikeTheSearchLeftOut) {
  world.older.enrol(
      std::vector{Enrolment{SubjectId("twin"), {world.again(ada, 0.92).older}, Cohorts{0b10}}});
  expect(world.pass(ada, {.cohorts = {0b100}}), "ada", Reenrolment::too_weak);
  expect(world.pass(ada, {.exclude = {SubjectId("twin")}}), "ada", Reenrolment::too_weak);
  EXPECT_EQ(num_in_newer(), 0U);
}

TEST_F(Migrations, ThatNameDifferentPersonsDetermineNobody) {
  const Photo eve = world.person();
  world.newer.enrol("eve", {eve.newer});
  expect(world.pass({ada.older, eve.newer}), Outcome::not_determined, Reason::models_disagree);
  EXPECT_EQ(num_in_newer(), 1U);
}

TEST_F(Migrations, EnrolNobodyAgain) {
  world.newer.enrol("ada",
                    {world.person().newer});  // a photograph that the newer model makes nothing of
  const auto before = world.newer.enrolled("ada");
  const Pass pass = world.pass(world.again(ada));
  expect(pass, "ada", Reenrolment::already);
  EXPECT_EQ(pass.model, world.older_model);
  EXPECT_EQ(world.newer.enrolled("ada")->enrolment, before->enrolment);
}

TEST_F(Migrations, EnrolNobodyWhoResemblesAnotherByTheNewerModel) {
  const Photo today = world.again(ada);
  world.newer.enrol("eve", {world.again(today).newer});
  world.newer.enrol("eva", {today.newer});
  world.newer.update("eve", std::vector{today.newer});  // level with Eva: neither is granted
  const Pass pass = world.pass(today);
  expect(pass, "ada", Reenrolment::resembles_another);
  EXPECT_EQ(num_in_newer(), 2U);
}

TEST_F(Migrations, EnrolNobodyWhoResemblesAnotherOfAnotherCohort) {
  const Photo today = world.again(ada);
  world.newer.enrol(std::vector{Enrolment{SubjectId("eve"), {today.newer}, Cohorts{0b10}}});
  expect(world.pass(today, {.cohorts = {0b1}}), "ada", Reenrolment::resembles_another);
}

TEST_F(Migrations, SearchTheCohortsThatAreAskedFor) {
  expect(world.pass(ada, {.cohorts = {0b10}}), Outcome::not_determined, Reason::empty_gallery);
  expect(world.pass(ada, {.exclude = {SubjectId("ada")}}), Outcome::not_determined,
         Reason::empty_gallery);
  world.newer.enrol("bob", {world.person().newer});
  expect(world.pass(ada, {.cohorts = {0b10}}), Outcome::denied, Reason::no_candidate);
}

TEST_F(Migrations, DenyOnlyWhereNoSearchLeftItOpen) {
  const Photo eve = world.person();
  expect(world.pass(eve), Outcome::denied, Reason::no_candidate);
  world.newer.enrol("eve", {eve.newer});
  world.newer.enrol("eva", {eve.newer});
  expect(world.pass(eve), Outcome::step_up, Reason::ambiguous);
  world.older.enrol("adam", {ada.older});
  expect(world.pass({ada.older, world.person().newer}), Outcome::step_up, Reason::ambiguous);
}

TEST_F(Migrations, AskBothGalleriesInTheNameOfTheCaller) {
  TwoModels strict({}, RefusalBudget{.per_caller = 1, .per_subject = 9});
  const Photo known = strict.person();
  strict.older.enrol("ada", {known.older});
  strict.newer.enrol("eve", {strict.person().newer});
  EXPECT_FALSE(
      strict.older.verify("ada", strict.person().older, {{{0.6F}}, false, "gate"}).accepted());
  expect(strict.pass(known, {.caller = "gate"}), Outcome::not_determined, Reason::withheld);
  expect(strict.pass(known, {.caller = "till"}), "ada", Reenrolment::enrolled);
  strict.older.remove("ada");
  EXPECT_FALSE(
      strict.newer.verify("ada", strict.person().newer, {{{0.6F}}, false, "gate"}).accepted());
  expect(strict.pass(known, {.caller = "gate"}), Outcome::not_determined, Reason::withheld);
}

TEST_F(Migrations, EnrolNobodyWhileSomebodyIsWithheld) {
  TwoModels strict({}, RefusalBudget{.per_caller = 1, .per_subject = 9});
  const Photo known = strict.person();
  const Photo bob = strict.person();
  strict.older.enrol("ada", {known.older});
  strict.older.enrol("bob", {bob.older});
  EXPECT_FALSE(strict.older.verify("bob", known.older, {{{0.6F}}, false, "gate"}).accepted());
  expect(strict.pass(known, {.caller = "gate"}), "ada", Reenrolment::withheld);
  expect(strict.pass(known, {.caller = "till"}), "ada", Reenrolment::enrolled);
}

TEST_F(Migrations, CountNoRefusalAgainstWhoIsGrantedAndNotEnrolled) {
  for (int i = 0; i < 3; ++i)
    expect(world.pass(world.again(ada, 0.79)), "ada", Reenrolment::too_weak);
  EXPECT_EQ(world.older.stats().num_refusals_today, 0U);
}

TEST_F(Migrations, SayHowFarTheyHaveCome) {
  world.older.enrol("bob", {world.person().older});
  world.older.enrol("cat", {world.person().older});
  world.newer.enrol("new", {world.person().newer});
  const Migration migration(world.older, world.newer, TwoModels::policy());
  EXPECT_EQ(migration.progress().num_migrated, 0U);
  EXPECT_EQ(migration.progress().num_all, 3U);
  world.pass(ada);
  EXPECT_EQ(migration.progress().num_migrated, 1U);
  const std::vector<SubjectId> both{"bob", "cat"};
  EXPECT_EQ(migration.remaining(9), both);
  EXPECT_EQ(migration.remaining(1), std::vector<SubjectId>{"bob"});
  EXPECT_EQ(migration.remaining(9, "bob"), std::vector<SubjectId>{"cat"});
  EXPECT_TRUE(migration.remaining(0).empty());
}

TEST_F(Migrations, CountMoreThanAPage) {
  std::vector<Enrolment> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back({SubjectId("p" + std::to_string(i)), {world.person().older}});
  }
  world.older.enrol(many);
  const Migration migration(world.older, world.newer, TwoModels::policy());
  EXPECT_EQ(migration.progress().num_all, 1001U);
  EXPECT_EQ(migration.remaining(2000).size(), 1001U);
}

TEST_F(Migrations, RemoveFromBothGalleries) {
  world.pass(ada);
  world.older.enrol("bob", {world.person().older});
  world.newer.enrol("cat", {world.person().newer});
  Migration migration(world.older, world.newer, TwoModels::policy());
  const std::vector<SubjectId> with_stranger{"ada", "dan"};
  EXPECT_ERRC(migration.remove(with_stranger), Errc::unknown_subject);
  EXPECT_ERRC(migration.remove(std::vector<SubjectId>{}), Errc::invalid_argument);
  EXPECT_TRUE(world.older.contains("ada") && world.newer.contains("ada"));
  const std::vector<SubjectId> all{"ada", "bob", "cat"};
  const MigrationRemoval removal = migration.remove(all);
  EXPECT_EQ(removal.older->num_removed, 2U);
  EXPECT_EQ(removal.newer->num_removed, 2U);
  expect(migration.identify(ada.older, ada.newer), Outcome::not_determined, Reason::empty_gallery);
  world.older.enrol("eve", {ada.older});
  EXPECT_FALSE(migration.remove("eve").newer);
}

TEST_F(Migrations, RefuseAPolicyThatEnrolsMoreThanItGrants) {
  const auto refuses = [&](auto change) {
    MigrationPolicy policy = TwoModels::policy();
    change(policy);
    EXPECT_ERRC(Migration(world.older, world.newer, policy), Errc::invalid_argument);
  };
  refuses([](MigrationPolicy& p) { p.enrol_at = {}; });
  refuses([](MigrationPolicy& p) { p.enrol_at = {{0.59F}}; });
  refuses([](MigrationPolicy& p) { p.enrol_at = {{std::numeric_limits<float>::quiet_NaN()}}; });
  refuses([](MigrationPolicy& p) { p.enrol_margin = 0.04F; });
  refuses([](MigrationPolicy& p) { p.enrol_margin = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](MigrationPolicy& p) { p.older.accept = {}; });
  refuses([](MigrationPolicy& p) { p.newer.margin = -1; });
}

TEST_F(Migrations, RefuseRulesWhichTheyHaveNoContextFor) {
  for (Policy MigrationPolicy::*const one : {&MigrationPolicy::older, &MigrationPolicy::newer}) {
    MigrationPolicy policy = TwoModels::policy();
    (policy.*one).rules.max_attempts = 3;
    EXPECT_ERRC(Migration(world.older, world.newer, policy), Errc::invalid_argument);
  }
}

TEST_F(Migrations, AreOfTwoModelsAndIntoAGalleryThatCanBeChanged) {
  EXPECT_ERRC(Migration(world.older, world.older, TwoModels::policy()), Errc::invalid_argument);
  Gallery follower = Gallery::follow(world.folder / "newer", {world.key});
  EXPECT_ERRC(Migration(world.older, follower, TwoModels::policy()), Errc::read_only);
  Migration migration(world.older, world.newer, TwoModels::policy());
  EXPECT_ERRC(migration.identify(ada.newer, ada.newer), Errc::model_mismatch);
  EXPECT_ERRC(migration.identify(ada.older, ada.older), Errc::model_mismatch);
}

TEST_F(Migrations, GoOnFromAGalleryThatAnotherProcessHasOpen) {
  Gallery follower = Gallery::follow(world.folder / "older", {world.key});
  Migration migration(follower, world.newer, TwoModels::policy());
  expect(migration.identify(ada.older, ada.newer), "ada", Reenrolment::enrolled);
  EXPECT_ERRC(migration.remove("ada"), Errc::read_only);
  EXPECT_TRUE(world.newer.contains("ada"));
}

TEST(MigrationOnAFailingDisk, StillSaysWhoItIs) {
  test::FaultyVfs disk;
  TwoModels world;
  const Photo ada = world.person();
  world.older.enrol("ada", {ada.older});
  disk.fail_from(test::FaultyVfs::Operation::write, 1, SQLITE_FULL);
  const Pass shut = world.pass(ada);
  disk.heal();
  EXPECT_EQ(shut.decision.subject, SubjectId("ada"));
  EXPECT_EQ(name(shut.reenrolment), name(Reenrolment::failed));
  ASSERT_TRUE(shut.error);
  EXPECT_EQ(name(shut.error->code()), name(Errc::storage_full));
  EXPECT_FALSE(world.newer.contains("ada"));
  EXPECT_EQ(name(world.pass(ada).reenrolment), name(Reenrolment::enrolled));
}

TEST(MigrationOnAFailingDisk, LosesNobodyAndRemovesWhoIsSaidToBeRemoved) {
  for (int first = 1;; ++first) {
    ASSERT_LT(first, 1000);
    test::FaultyVfs disk;
    TwoModels world;
    const Photo ada = world.person();
    const Photo bob = world.person();
    world.older.enrol("ada", {ada.older});
    world.older.enrol("bob", {bob.older});
    world.pass(bob);
    disk.fail_from(test::FaultyVfs::Operation::write, first, SQLITE_IOERR_WRITE);
    bool removed = false;
    const Pass pass = world.pass(ada);
    try {
      Migration(world.older, world.newer, TwoModels::policy()).remove("bob");
      removed = true;
    } catch (const Error&) {
    }
    const bool has_failed = disk.has_failed();
    disk.heal();
    world.reopen();
    EXPECT_EQ(pass.decision.subject, SubjectId("ada"));
    EXPECT_TRUE(world.older.contains("ada"));
    EXPECT_TRUE(world.newer.contains("ada") || pass.reenrolment != Reenrolment::enrolled);
    if (!removed) Migration(world.older, world.newer, TwoModels::policy()).remove("bob");
    EXPECT_FALSE(world.older.contains("bob") || world.newer.contains("bob"));
    if (!has_failed) break;
  }
}

TEST(EnrolledSubjects, AreWhatWasEnrolledAndAuthentic) {
  TwoModels world;
  const Photo ada = world.person();
  EXPECT_FALSE(world.older.enrolled("ada"));
  world.older.enrol(std::vector{Enrolment{SubjectId("ada"), {ada.older, ada.older}, Cohorts{6}}});
  const EnrolledSubject first = world.older.enrolled("ada").value();
  EXPECT_EQ(first.cohorts, Cohorts{6});
  EXPECT_EQ(first.num_references, 2U);
  EXPECT_GT(first.enrolled_at_s, 1'600'000'000);
  world.older.update("ada", std::vector{ada.older});
  const EnrolledSubject second = world.older.enrolled("ada").value();
  EXPECT_EQ(second.cohorts, Cohorts{});
  EXPECT_EQ(second.num_references, 1U);
  EXPECT_NE(second.enrolment, first.enrolment);
  world.older.enrol("bob", {ada.older});
  world.older.remove("bob");
  EXPECT_FALSE(world.older.enrolled("bob"));
  test::run_sql(world.folder / "older", "UPDATE subjects SET cohorts = 1");
  EXPECT_ERRC(world.older.enrolled("ada"), Errc::not_authentic);
}

}  // namespace
}  // namespace morgiana
