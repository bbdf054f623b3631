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
    world.from.enrol(std::vector{Enrolment{SubjectId("ada"), {ada.from}, Cohorts{0b101}}});
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

  std::uint64_t num_in_newer() const { return world.to.stats().num_subjects; }

  TwoModels world;
  Photo ada = world.person();
};

TEST_F(Migrations, EnrolWhomTheOlderGalleryGrants) {
  const Photo today = world.again(ada);
  const Pass first = world.pass(today);
  expect(first, "ada", Reenrolment::enrolled);
  EXPECT_EQ(first.model, world.from_model);
  EXPECT_FALSE(first.error);
  const auto enrolled = world.to.enrolled("ada");
  ASSERT_TRUE(enrolled);
  EXPECT_EQ(enrolled->cohorts, Cohorts{0b101});
  EXPECT_EQ(enrolled->num_references, 1U);
  EXPECT_TRUE(world.to.verify("ada", today.to, {.accept = {{0.9999F}}}).accepted());

  const Pass second = world.pass(world.again(today, 0.2, 0.9));
  expect(second, "ada", Reenrolment::already);
  EXPECT_EQ(second.model, world.to_model);
}

TEST_F(Migrations, GrantWhomTheNewerGalleryGrantsByItself) {
  const Photo bob = world.person();
  world.to.enrol("bob", {bob.to});
  const Pass pass = world.pass(world.again(bob));
  expect(pass, "bob", Reenrolment::already);
  EXPECT_EQ(pass.model, world.to_model);
  EXPECT_FALSE(world.from.contains("bob"));
}

TEST_F(Migrations, GrantBelowTheThresholdOfEnrolmentAndEnrolNobody) {
  expect(world.pass(world.again(ada, 0.79)), "ada", Reenrolment::too_weak);
  EXPECT_EQ(num_in_newer(), 0U);
}

TEST_F(Migrations, GrantBelowTheMarginOfEnrolmentAndEnrolNobody) {
  world.from.enrol("twin", {world.again(ada, 0.92).from});
  expect(world.pass(ada), "ada", Reenrolment::too_weak);
  EXPECT_EQ(num_in_newer(), 0U);
}

TEST_F(Migrations, EnrolNobodyWhoseLookalikeTheSearchLeftOut) {
  world.from.enrol(
      std::vector{Enrolment{SubjectId("twin"), {world.again(ada, 0.92).from}, Cohorts{0b10}}});
  expect(world.pass(ada, {.cohorts = {0b100}}), "ada", Reenrolment::too_weak);
  expect(world.pass(ada, {.exclude = {SubjectId("twin")}}), "ada", Reenrolment::too_weak);
  EXPECT_EQ(num_in_newer(), 0U);
}

TEST_F(Migrations, ThatNameDifferentPersonsDetermineNobody) {
  const Photo eve = world.person();
  world.to.enrol("eve", {eve.to});
  expect(world.pass({ada.from, eve.to}), Outcome::not_determined, Reason::models_disagree);
  EXPECT_EQ(num_in_newer(), 1U);
}

TEST_F(Migrations, EnrolNobodyAgain) {
  world.to.enrol("ada", {world.person().to});  // a photograph that the newer model makes nothing of
  const auto before = world.to.enrolled("ada");
  const Pass pass = world.pass(world.again(ada));
  expect(pass, "ada", Reenrolment::already);
  EXPECT_EQ(pass.model, world.from_model);
  EXPECT_EQ(world.to.enrolled("ada")->enrolment, before->enrolment);
}

TEST_F(Migrations, EnrolNobodyWhoResemblesAnotherByTheNewerModel) {
  const Photo today = world.again(ada);
  world.to.enrol("eve", {world.again(today).to});
  world.to.enrol("eva", {today.to});
  world.to.update("eve", std::vector{today.to});  // level with Eva: neither is granted
  const Pass pass = world.pass(today);
  expect(pass, "ada", Reenrolment::resembles_another);
  EXPECT_EQ(num_in_newer(), 2U);
}

TEST_F(Migrations, EnrolNobodyWhoResemblesAnotherOfAnotherCohort) {
  const Photo today = world.again(ada);
  world.to.enrol(std::vector{Enrolment{SubjectId("eve"), {today.to}, Cohorts{0b10}}});
  expect(world.pass(today, {.cohorts = {0b1}}), "ada", Reenrolment::resembles_another);
}

TEST_F(Migrations, SearchTheCohortsThatAreAskedFor) {
  expect(world.pass(ada, {.cohorts = {0b10}}), Outcome::not_determined, Reason::empty_gallery);
  expect(world.pass(ada, {.exclude = {SubjectId("ada")}}), Outcome::not_determined,
         Reason::empty_gallery);
  world.to.enrol("bob", {world.person().to});
  expect(world.pass(ada, {.cohorts = {0b10}}), Outcome::denied, Reason::no_candidate);
}

TEST_F(Migrations, DenyOnlyWhereNoSearchLeftItOpen) {
  const Photo eve = world.person();
  expect(world.pass(eve), Outcome::denied, Reason::no_candidate);
  world.to.enrol("eve", {eve.to});
  world.to.enrol("eva", {eve.to});
  expect(world.pass(eve), Outcome::not_determined, Reason::ambiguous);
  world.from.enrol("adam", {ada.from});
  expect(world.pass({ada.from, world.person().to}), Outcome::not_determined, Reason::ambiguous);
}

TEST_F(Migrations, AskBothGalleriesInTheNameOfTheCaller) {
  TwoModels strict({}, RefusalBudget{.per_caller = 1, .per_subject = 9});
  const Photo known = strict.person();
  strict.from.enrol("ada", {known.from});
  strict.to.enrol("eve", {strict.person().to});
  EXPECT_FALSE(
      strict.from.verify("ada", strict.person().from, {{{0.6F}}, false, "gate"}).accepted());
  expect(strict.pass(known, {.caller = "gate"}), Outcome::not_determined, Reason::withheld);
  expect(strict.pass(known, {.caller = "till"}), "ada", Reenrolment::enrolled);
  strict.from.remove("ada");
  EXPECT_FALSE(strict.to.verify("ada", strict.person().to, {{{0.6F}}, false, "gate"}).accepted());
  expect(strict.pass(known, {.caller = "gate"}), Outcome::not_determined, Reason::withheld);
}

TEST_F(Migrations, EnrolNobodyWhileSomebodyIsWithheld) {
  TwoModels strict({}, RefusalBudget{.per_caller = 1, .per_subject = 9});
  const Photo known = strict.person();
  const Photo bob = strict.person();
  strict.from.enrol("ada", {known.from});
  strict.from.enrol("bob", {bob.from});
  EXPECT_FALSE(strict.from.verify("bob", known.from, {{{0.6F}}, false, "gate"}).accepted());
  expect(strict.pass(known, {.caller = "gate"}), "ada", Reenrolment::withheld);
  expect(strict.pass(known, {.caller = "till"}), "ada", Reenrolment::enrolled);
}

TEST_F(Migrations, CountNoRefusalAgainstWhoIsGrantedAndNotEnrolled) {
  for (int i = 0; i < 3; ++i)
    expect(world.pass(world.again(ada, 0.79)), "ada", Reenrolment::too_weak);
  EXPECT_EQ(world.from.stats().num_refusals_today, 0U);
}

TEST_F(Migrations, SayHowFarTheyHaveCome) {
  world.from.enrol("bob", {world.person().from});
  world.from.enrol("cat", {world.person().from});
  world.to.enrol("new", {world.person().to});
  const Migration migration(world.from, world.to, TwoModels::policy());
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
    many.push_back({SubjectId("p" + std::to_string(i)), {world.person().from}});
  }
  world.from.enrol(many);
  const Migration migration(world.from, world.to, TwoModels::policy());
  EXPECT_EQ(migration.progress().num_all, 1001U);
  EXPECT_EQ(migration.remaining(2000).size(), 1001U);
}

TEST_F(Migrations, RemoveFromBothGalleries) {
  world.pass(ada);
  world.from.enrol("bob", {world.person().from});
  world.to.enrol("cat", {world.person().to});
  Migration migration(world.from, world.to, TwoModels::policy());
  const std::vector<SubjectId> with_stranger{"ada", "dan"};
  EXPECT_ERRC(migration.remove(with_stranger), Errc::unknown_subject);
  EXPECT_ERRC(migration.remove(std::vector<SubjectId>{}), Errc::invalid_argument);
  EXPECT_TRUE(world.from.contains("ada") && world.to.contains("ada"));
  const std::vector<SubjectId> all{"ada", "bob", "cat"};
  const MigrationRemoval removal = migration.remove(all);
  EXPECT_EQ(removal.from->num_removed, 2U);
  EXPECT_EQ(removal.to->num_removed, 2U);
  expect(migration.pass(ada.from, ada.to), Outcome::not_determined, Reason::empty_gallery);
  world.from.enrol("eve", {ada.from});
  EXPECT_FALSE(migration.remove("eve").to);
}

TEST_F(Migrations, RefuseAPolicyThatEnrolsMoreThanItGrants) {
  const auto refuses = [&](auto change) {
    MigrationPolicy policy = TwoModels::policy();
    change(policy);
    EXPECT_ERRC(Migration(world.from, world.to, policy), Errc::invalid_argument);
  };
  refuses([](MigrationPolicy& p) { p.enrol_at = {}; });
  refuses([](MigrationPolicy& p) { p.enrol_at = {{0.59F}}; });
  refuses([](MigrationPolicy& p) { p.enrol_at = {{std::numeric_limits<float>::quiet_NaN()}}; });
  refuses([](MigrationPolicy& p) { p.enrol_margin = 0.04F; });
  refuses([](MigrationPolicy& p) { p.enrol_margin = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](MigrationPolicy& p) { p.from.accept = {}; });
  refuses([](MigrationPolicy& p) { p.to.margin = -1; });
}

TEST_F(Migrations, AreOfTwoModelsAndIntoAGalleryThatCanBeChanged) {
  EXPECT_ERRC(Migration(world.from, world.from, TwoModels::policy()), Errc::invalid_argument);
  Gallery follower = Gallery::follow(world.folder / "to", {world.key});
  EXPECT_ERRC(Migration(world.from, follower, TwoModels::policy()), Errc::read_only);
  Migration migration(world.from, world.to, TwoModels::policy());
  EXPECT_ERRC(migration.pass(ada.to, ada.to), Errc::model_mismatch);
  EXPECT_ERRC(migration.pass(ada.from, ada.from), Errc::model_mismatch);
}

TEST_F(Migrations, GoOnFromAGalleryThatAnotherProcessHasOpen) {
  Gallery follower = Gallery::follow(world.folder / "from", {world.key});
  Migration migration(follower, world.to, TwoModels::policy());
  expect(migration.pass(ada.from, ada.to), "ada", Reenrolment::enrolled);
  EXPECT_ERRC(migration.remove("ada"), Errc::read_only);
  EXPECT_TRUE(world.to.contains("ada"));
}

TEST(MigrationOnAFailingDisk, StillSaysWhoItIs) {
  test::FaultyVfs disk;
  TwoModels world;
  const Photo ada = world.person();
  world.from.enrol("ada", {ada.from});
  disk.fail_from(test::FaultyVfs::Operation::write, 1, SQLITE_FULL);
  const Pass shut = world.pass(ada);
  disk.heal();
  EXPECT_EQ(shut.decision.subject, SubjectId("ada"));
  EXPECT_EQ(name(shut.reenrolment), name(Reenrolment::failed));
  ASSERT_TRUE(shut.error);
  EXPECT_EQ(name(shut.error->code()), name(Errc::storage_full));
  EXPECT_FALSE(world.to.contains("ada"));
  EXPECT_EQ(name(world.pass(ada).reenrolment), name(Reenrolment::enrolled));
}

TEST(MigrationOnAFailingDisk, LosesNobodyAndRemovesWhoIsSaidToBeRemoved) {
  for (int first = 1;; ++first) {
    ASSERT_LT(first, 1000);
    test::FaultyVfs disk;
    TwoModels world;
    const Photo ada = world.person();
    const Photo bob = world.person();
    world.from.enrol("ada", {ada.from});
    world.from.enrol("bob", {bob.from});
    world.pass(bob);
    disk.fail_from(test::FaultyVfs::Operation::write, first, SQLITE_IOERR_WRITE);
    bool removed = false;
    const Pass pass = world.pass(ada);
    try {
      Migration(world.from, world.to, TwoModels::policy()).remove("bob");
      removed = true;
    } catch (const Error&) {
    }
    const bool has_failed = disk.has_failed();
    disk.heal();
    world.reopen();
    EXPECT_EQ(pass.decision.subject, SubjectId("ada"));
    EXPECT_TRUE(world.from.contains("ada"));
    EXPECT_TRUE(world.to.contains("ada") || pass.reenrolment != Reenrolment::enrolled);
    if (!removed) Migration(world.from, world.to, TwoModels::policy()).remove("bob");
    EXPECT_FALSE(world.from.contains("bob") || world.to.contains("bob"));
    if (!has_failed) break;
  }
}

TEST(EnrolledSubjects, AreWhatWasEnrolledAndAuthentic) {
  TwoModels world;
  const Photo ada = world.person();
  EXPECT_FALSE(world.from.enrolled("ada"));
  world.from.enrol(std::vector{Enrolment{SubjectId("ada"), {ada.from, ada.from}, Cohorts{6}}});
  const EnrolledSubject first = world.from.enrolled("ada").value();
  EXPECT_EQ(first.cohorts, Cohorts{6});
  EXPECT_EQ(first.num_references, 2U);
  EXPECT_GT(first.enrolled_at_s, 1'600'000'000);
  world.from.update("ada", std::vector{ada.from});
  const EnrolledSubject second = world.from.enrolled("ada").value();
  EXPECT_EQ(second.cohorts, Cohorts{});
  EXPECT_EQ(second.num_references, 1U);
  EXPECT_NE(second.enrolment, first.enrolment);
  test::run_sql(world.folder / "from", "UPDATE subjects SET cohorts = 1");
  EXPECT_ERRC(world.from.enrolled("ada"), Errc::not_authentic);
  world.from.remove("ada");
  EXPECT_FALSE(world.from.enrolled("ada"));
}

}  // namespace
}  // namespace morgiana
