#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "errors.hpp"
#include "gallery/refusal_budgets.hpp"

namespace morgiana {
namespace {

TEST_F(RefusalBudgets, EveryRefusalOfAClaimCountsUntilNothingIsAnsweredAnyMore) {
  spend();
  EXPECT_ERRC(verify(far), Errc::budget_spent);
  EXPECT_ERRC(verify(ada), Errc::budget_spent);  // says nothing of the probe
  EXPECT_TRUE(verify(ada, "till"));
  EXPECT_TRUE(campus.gallery.verify("bob", bob, {.accept = kAccept, .caller = "gate"}).accepted());
}

TEST_F(RefusalBudgets, AreOfAllCallersTogetherAsWell) {
  spend("gate");
  EXPECT_FALSE(verify(far, "till"));
  EXPECT_FALSE(verify(far, "clock"));
  for (const char* caller : {"gate", "till", "clock", "nobody so far", ""}) {
    EXPECT_ERRC(verify(ada, caller), Errc::budget_spent);
    EXPECT_TRUE(identify(ada, caller).candidates().empty());
  }
}

TEST_F(RefusalBudgets, AcceptedProbesCostNothing) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(verify(ada));
    EXPECT_EQ(names(identify(ada)), Names{"ada"});
  }
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 0U);
  EXPECT_FALSE(std::filesystem::exists(campus.path + ".refusals"));
}

TEST_F(RefusalBudgets, AnIdentificationCountsWhoIsCloseToTheThreshold) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(identify(far).candidates().empty());
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 0U);
  // A margin that looks further down counts no more.
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(identify(far, "gate", 0.5F).candidates().empty());
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 0U);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(identify(near).candidates().empty());
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 3U);
  EXPECT_EQ(campus.gallery.stats().num_withheld, 1U);
}

TEST_F(RefusalBudgets, WhoIsWithheldIsNotComparedAndTheAnswerSaysSo) {
  spend();
  const Identification found = identify(ada);
  EXPECT_TRUE(found.candidates().empty());
  EXPECT_EQ(found.searched().num_withheld, 1U);
  EXPECT_EQ(found.searched().num_subjects, 1U);
  const Decision decision = decide(found, {.accept = kAccept});
  EXPECT_EQ(decision.outcome, Outcome::not_determined);
  EXPECT_EQ(decision.reason, Reason::withheld);
  EXPECT_EQ(decide(identify(bob), {.accept = kAccept}).outcome, Outcome::granted);
  EXPECT_EQ(names(identify(ada, "till")), Names{"ada"});
  campus.gallery.remove("bob");
  EXPECT_EQ(decide(identify(ada), {.accept = kAccept}).reason, Reason::withheld);
}

TEST_F(RefusalBudgets, WithholdingIsOfWhomTheSearchWouldCompare) {
  spend();
  EXPECT_EQ(campus.gallery.identify(ada, {.accept = kAccept, .exclude = {"ada"}, .caller = "gate"})
                .searched()
                .num_withheld,
            0U);
  campus.gallery.enrol(std::vector{Enrolment{"cid", {campus.person()}, {2}}});
  const Identification others =
      campus.gallery.identify(ada, {.accept = kAccept, .cohorts = {1}, .caller = "gate"});
  EXPECT_EQ(others.searched().num_withheld, 1U);
  EXPECT_EQ(others.searched().num_subjects, 1U);
}

TEST_F(RefusalBudgets, ARunnerUpBelowTheThresholdIsARefusalThatNamesIt) {
  campus.gallery.enrol("eve", {far});
  for (int i = 0; i < 3; ++i) {
    const Identification found = identify(far, "gate", 0.6F);
    ASSERT_EQ(found.runner_up(), SubjectId("ada"));
  }
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 3U);
  const Identification contested = identify(far, "gate", 0.6F);
  EXPECT_FALSE(contested.runner_up().has_value());
  EXPECT_EQ(names(contested), Names{});
}

TEST_F(RefusalBudgets, AnotherReferenceThatIsAcceptedMakesItNoRefusal) {
  campus.gallery.enrol("two", {far, ada});
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(identify(ada).candidates().empty());
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 0U);
}

/// What one call is told is what many calls would be told.
TEST_F(RefusalBudgets, ABatchIsWorthNoMoreThanItsProbesOneByOne) {
  std::vector<Template> probes{near, ada, near, bob, near, ada, near, bob, ada};
  const std::vector<Identification> together =
      campus.gallery.identify(probes, {.accept = kAccept, .caller = "gate"});
  for (std::size_t i = 0; i < probes.size(); ++i) {
    EXPECT_EQ(names(together[i]), names(identify(probes[i], "till"))) << i;
  }
  EXPECT_EQ(names(together[1]), Names{"ada"});
  EXPECT_EQ(names(together[5]), Names{});
  EXPECT_EQ(together[4].searched().num_withheld, 0U);
  EXPECT_EQ(together[5].searched().num_withheld, 1U);
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 5U);  // 3 and, over all callers, 2
}

TEST_F(RefusalBudgets, OutliveTheProcessAndReachTheOthers) {
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key, .refusals = kThree});
  const auto verify_beside = [&](const Template& probe) {
    return beside.verify("ada", probe, {.accept = kAccept, .caller = "gate"}).accepted();
  };
  EXPECT_FALSE(verify(far));
  EXPECT_FALSE(verify_beside(far));
  open(kThree);
  EXPECT_FALSE(verify(far));
  EXPECT_ERRC(verify_beside(ada), Errc::budget_spent);
  EXPECT_ERRC(verify(ada), Errc::budget_spent);
  open(kThree);
  EXPECT_ERRC(verify(ada), Errc::budget_spent);
  open(RefusalBudget{});
  EXPECT_TRUE(verify(ada));
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 3U);
}

TEST_F(RefusalBudgets, AreNewForWhoIsEnrolledAnew) {
  spend();
  campus.gallery.update("ada", std::vector{ada});
  EXPECT_TRUE(verify(ada));
  EXPECT_EQ(names(identify(ada)), Names{"ada"});
}

TEST_F(RefusalBudgets, AreOfOneDayAndAClockThatIsSetBackGivesNothing) {
  spend();
  campus.gallery.close();
  sql("UPDATE refusals SET day = day + 1");
  open(kThree);
  EXPECT_ERRC(verify(ada), Errc::budget_spent);
  campus.gallery.close();
  sql("UPDATE refusals SET day = day - 2");
  open(kThree);
  EXPECT_TRUE(verify(ada));
  EXPECT_FALSE(verify(far));
  EXPECT_EQ(sql("SELECT count FROM refusals"), "1");
}

/// A clock that was ahead for a moment leaves counts of a day to come: they end tomorrow.
TEST_F(RefusalBudgets, OfAClockThatWasAheadAreForgottenADayLater) {
  EXPECT_FALSE(verify(far));
  campus.gallery.close();
  sql("UPDATE refusals SET day = day + 3650");
  open(kThree);
  EXPECT_FALSE(verify(far, "till"));
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 2U);
  campus.gallery.close();
  const std::string today = std::to_string(std::time(nullptr) / 86'400);
  EXPECT_EQ(sql("SELECT max(day) FROM refusals"), today);
}

TEST_F(RefusalBudgets, RunnersUpThatAreLevelAllCount) {
  campus.gallery.enrol("eve", {far});
  campus.gallery.enrol("aaa", {ada});  // level with ada, and named in her place
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(identify(far, "gate", 0.6F).runner_up(), SubjectId("aaa"));
  }
  EXPECT_FALSE(identify(far, "gate", 0.6F).runner_up().has_value());
}

TEST_F(RefusalBudgets, ADamagedLedgerSaysWhatToDo) {
  std::ofstream(campus.path + ".refusals") << std::string(8192, 'x');
  try {
    verify(far);
    ADD_FAILURE() << "answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::storage_failed);
    EXPECT_NE(std::string(error.what()).find("move it away"), std::string::npos) << error.what();
  }
}

/// Threads of two handles, some of which only read: no count is taken back by an older one.
TEST_F(RefusalBudgets, HandlesThatCountAtOnceLoseNothing) {
  constexpr int kRounds = 6;
  const RefusalBudget many{.per_caller = 100, .per_subject = 100 * kRounds + 1};
  open(many);
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key, .refusals = many});
  for (int round = 0; round < kRounds; ++round) {
    const std::string caller = "gate " + std::to_string(round);
    std::atomic<int> num_refused = 0;
    std::atomic<bool> is_over = false;
    std::vector<std::jthread> readers;
    for (const Gallery* gallery : {&std::as_const(campus.gallery), &beside}) {
      readers.emplace_back([&, gallery] {
        while (!is_over) gallery->stats();
      });
    }
    std::vector<std::jthread> gates;
    for (int t = 0; t < 8; ++t) {
      gates.emplace_back([&, t] {
        const Gallery& gallery = t % 2 == 0 ? campus.gallery : beside;
        try {
          for (;;) {
            gallery.verify("ada", far, {.accept = kAccept, .caller = caller});
            ++num_refused;
          }
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Errc::budget_spent) << error.what();
        }
      });
    }
    gates.clear();
    is_over = true;
    readers.clear();
    EXPECT_EQ(num_refused, 100) << caller;
  }
}

TEST_F(RefusalBudgets, OfAnotherGalleryOfThatNameAreNotOfThisOnesSubjects) {
  spend();
  campus.gallery.close();
  std::filesystem::remove(campus.path);
  std::filesystem::remove(campus.path + ".keyset");
  campus.gallery =
      Gallery::create(campus.path, {.model = campus.model, .key = campus.key, .refusals = kThree});
  campus.gallery.enrol("ada", {ada});
  EXPECT_TRUE(verify(ada));
  spend();
  EXPECT_ERRC(verify(ada), Errc::budget_spent);
}

TEST_F(RefusalBudgets, ARefusalThatCannotBeCountedIsNotAnswered) {
  std::filesystem::create_directory(campus.path + ".refusals");
  EXPECT_ERRC(verify(far), Errc::storage_failed);
  EXPECT_ERRC(identify(near), Errc::storage_failed);
  std::filesystem::remove(campus.path + ".refusals");
  EXPECT_FALSE(verify(far));
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 1U);
}

TEST_F(RefusalBudgets, ManyThreadsGetNoMoreThanOne) {
  open(RefusalBudget{.per_caller = 40, .per_subject = 1000});
  std::atomic<int> num_refused = 0;
  std::atomic<int> num_withheld = 0;
  std::atomic<int> num_granted_after = 0;
  std::vector<std::jthread> gates;
  for (int t = 0; t < 8; ++t) {
    gates.emplace_back([&] {
      bool is_spent = false;
      for (int i = 0; i < 20; ++i) {
        try {
          verify(far) ? ++num_granted_after : ++num_refused;
          if (is_spent) ++num_granted_after;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Errc::budget_spent) << error.what();
          is_spent = true;
          ++num_withheld;
        }
      }
    });
  }
  gates.clear();
  EXPECT_EQ(num_refused, 40);
  EXPECT_EQ(num_withheld, 120);
  EXPECT_EQ(num_granted_after, 0);
}

TEST_F(RefusalBudgets, CanBeSwitchedOff) {
  open(std::nullopt);
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(verify(near));
  EXPECT_TRUE(verify(ada));
  EXPECT_FALSE(std::filesystem::exists(campus.path + ".refusals"));
}

TEST_F(RefusalBudgets, WithholdNobodyWhoIsNotEnrolledAnyMore) {
  spend();
  EXPECT_EQ(campus.gallery.stats().num_withheld, 1U);
  campus.gallery.update("ada", std::span(&ada, 1));
  EXPECT_EQ(campus.gallery.stats().num_withheld, 0U);
  spend();
  campus.gallery.remove("ada");
  EXPECT_EQ(campus.gallery.stats().num_withheld, 0U);
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 6U);
}

TEST_F(RefusalBudgets, AreOnWhereNothingIsSaid) {
  campus.reopen();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(verify(far));
  EXPECT_ERRC(verify(ada), Errc::budget_spent);
}

TEST_F(RefusalBudgets, RefuseWhatIsNoBudgetAndNoCaller) {
  EXPECT_ERRC(open(RefusalBudget{.per_caller = 0}), Errc::invalid_argument);
  EXPECT_ERRC(open(RefusalBudget{.per_subject = 0}), Errc::invalid_argument);
  EXPECT_ERRC(open(RefusalBudget{.per_caller = 41}), Errc::invalid_argument);  // of 40 to all
  EXPECT_ERRC(open(RefusalBudget{.band = -0.1F}), Errc::invalid_argument);
  EXPECT_ERRC(open(RefusalBudget{.band = std::numeric_limits<float>::quiet_NaN()}),
              Errc::invalid_argument);
  open(kThree);
  EXPECT_ERRC(verify(ada, "gate\n3"), Errc::invalid_argument);
  EXPECT_ERRC(identify(ada, std::string(257, 'x')), Errc::invalid_argument);
}

}  // namespace
}  // namespace morgiana
