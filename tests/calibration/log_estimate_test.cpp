#include "morgiana/log_estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "errors.hpp"

using namespace morgiana;

namespace {

constexpr float kFloor = 0.3F;

/// A gate: 0 and 1 are enrolled with one reference, 2 with two; 3 and 4 are strangers.
struct Gate {
  std::vector<std::uint32_t> num_references = {1, 1, 2, 0, 0};
  std::vector<std::uint32_t> person_of = {0, 0, 1, 3, 3, 3, 4};
  std::vector<LoggedScore> found = {
      {0, 0, 0.8F}, {1, 0, 0.45F}, {1, 1, 0.4F},  // 0 is found twice, once beside 1
      {2, 1, 0.7F},                               // 1 once
      {3, 2, 0.5F}, {4, 2, 0.35F},                // 3 is taken for 2 in two of three
      {6, 0, 0.4F}, {6, 2, 0.6F}};                // 4 for 0 and for 2
  std::vector<std::pair<std::uint32_t, std::uint32_t>> excluded;
  std::vector<Score> thresholds = {{kFloor}, {0.42F}, {0.55F}};

  std::vector<CalibrationCurve> estimated(std::uint32_t most_probes = 1) const {
    return estimate(SearchLog{person_of, num_references, found, kFloor, excluded}, thresholds,
                    most_probes);
  }
};

TEST(LogEstimate, CountsPeopleNotSearches) {
  const auto curves = Gate{}.estimated();
  ASSERT_EQ(curves.size(), 2U) << "of who has one reference, and of who has two";
  const CalibrationCurve& one = curves[0];
  EXPECT_EQ(one.references_per_subject, 1U);
  EXPECT_EQ(one.num_probe_identities, 4U);
  EXPECT_DOUBLE_EQ(one.num_subjects, 6.0 / 4.0) << "strangers met two, the enrolled one each";
  // 0 finds 1 in half of the searches; 4 finds 0.
  EXPECT_NEAR(one.points[0].fmr.value, (0.5 + 1.0) / 6.0, 1e-12);
  EXPECT_NEAR(one.points[0].fpir.value, (0.5 + 0.0 + 0.0 + 1.0) / 4.0, 1e-12);
  EXPECT_EQ(one.points[1].fpir.value, 0.0);
  EXPECT_EQ(one.points[0].num_identity_pairs, 2U);
  EXPECT_NEAR(one.points[2].fnmr->value, (0.5 + 0.0) / 2.0, 1e-12) << "of 0 and 1";
  const CalibrationCurve& two = curves[1];
  EXPECT_EQ(two.references_per_subject, 2U);
  EXPECT_NEAR(two.points[0].fmr.value, (2.0 / 3.0 + 1.0) / 4.0, 1e-12) << "2 alone is found";
  EXPECT_NEAR(two.points[1].fmr.value, (1.0 / 3.0 + 1.0) / 4.0, 1e-12);
  EXPECT_FALSE(two.points[0].fnmr.has_value()) << "2 never came";
}

TEST(LogEstimate, MissesWhoDoesNotReachTheFloor) {
  Gate gate;
  gate.found = {{0, 0, 0.8F}, {1, 0, 0.45F}};
  EXPECT_EQ(gate.estimated()[0].points[0].fnmr->value, 0.5) << "1 is missed whenever she comes";
}

TEST(LogEstimate, LeavesOutWhatIsExcluded) {
  Gate gate;
  gate.num_references[2] = 1;
  gate.excluded = {{4, 2}};
  const CalibrationPoint point = gate.estimated()[0].points[0];
  EXPECT_NEAR(point.fmr.value, (0.5 + 2.0 / 3.0 + 1.0) / 9.0, 1e-12);
  EXPECT_NEAR(point.fpir.value, (0.5 + 2.0 / 3.0 + 1.0) / 4.0, 1e-12) << "4 is taken for 0 still";
}

TEST(LogEstimate, CountsAComparisonFromBothSidesOnce) {
  Gate gate;
  gate.found.clear();
  const CalibrationPoint point = gate.estimated()[0].points[0];
  EXPECT_EQ(point.fmr.effective_trials, 5.0) << "six, of which 0 and 1 met each other";
  EXPECT_EQ(point.fpir.effective_trials, 4.0);
  EXPECT_EQ(point.fmr.value, 0.0);
  EXPECT_GT(point.fmr.bounds.high, 0.0) << "nothing seen is not nothing";
}

TEST(LogEstimate, CountsExcludedPairsOnce) {
  Gate gate;
  gate.num_references.assign(5, 1);
  gate.person_of = {0, 1, 2, 3, 4};
  gate.found.clear();
  gate.excluded = {{0, 1}, {2, 1}, {2, 3}, {3, 4}, {0, 4}};
  EXPECT_EQ(gate.estimated()[0].points[0].fmr.effective_trials, 5.0) << "of ten pairs of people";
}

TEST(LogEstimate, CanBeMadeOfAStrangerWhoIsLikeEverybody) {
  Gate gate;
  gate.found = {{6, 0, 0.5F}, {6, 1, 0.5F}};
  const auto curves = gate.estimated();
  EXPECT_EQ(curves[0].points[0].fpir.value, 0.25);
  EXPECT_EQ(curves[0].points[0].fmr.value, 0.25) << "not 2 of 6: no more than all who are anybody";
  const CalibrationEvidence evidence{"made up", "00ff", "2026-11-27", 5, 11, 0};
  EXPECT_NO_THROW(Calibration({"net", 128}, evidence, curves));
}

/// Of a person, the share of ways to choose k searches of which one at least finds somebody.
double share_finding(const std::vector<bool>& finds, std::size_t k) {
  std::vector<bool> chosen(finds.size(), false);
  std::fill(chosen.end() - static_cast<std::ptrdiff_t>(k), chosen.end(), true);
  double num = 0.0;
  double num_finding = 0.0;
  do {
    bool is_found = false;
    for (std::size_t i = 0; i < finds.size(); ++i) is_found = is_found || (chosen[i] && finds[i]);
    num += 1.0;
    if (is_found) num_finding += 1.0;
  } while (std::next_permutation(chosen.begin(), chosen.end()));
  return num_finding / num;
}

TEST(LogEstimate, EqualsGoingThroughEveryTransaction) {
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  Gate gate;
  gate.num_references = {1, 3, 1, 2, 1, 2, 0, 0, 0, 3};
  gate.person_of.clear();
  gate.found.clear();
  for (int i = 0; i < 40; ++i) {
    gate.person_of.push_back(below(9));  // 9 never comes
    for (std::uint32_t subject = 0; subject < 10; ++subject) {
      if (gate.num_references[subject] == 0 || below(4) != 0) continue;
      gate.found.push_back(
          {static_cast<std::uint32_t>(i), subject, 0.3F + 0.01F * static_cast<float>(below(40))});
    }
  }
  const auto curves = gate.estimated(3);
  ASSERT_EQ(curves.size(), 9U);
  for (const CalibrationCurve& curve : curves) {
    std::map<std::uint32_t, std::vector<std::uint32_t>> searches_of;
    for (std::uint32_t i = 0; i < gate.person_of.size(); ++i) {
      searches_of[gate.person_of[i]].push_back(i);
    }
    for (const CalibrationPoint& point : curve.points) {
      double fpir = 0.0;
      double num = 0.0;
      double fmr = 0.0;
      double num_compared = 0.0;
      for (const auto& [person, searches] : searches_of) {
        if (searches.size() < curve.num_probes) continue;
        num += 1.0;
        std::vector<bool> finds_any(searches.size(), false);
        for (std::uint32_t subject = 0; subject < 10; ++subject) {
          if (gate.num_references[subject] != curve.references_per_subject || subject == person) {
            continue;
          }
          num_compared += 1.0;
          std::vector<bool> finds(searches.size(), false);
          for (const LoggedScore& one : gate.found) {
            const auto at = std::find(searches.begin(), searches.end(), one.search);
            if (one.subject != subject || at == searches.end()) continue;
            if (one.score < point.threshold.cosine) continue;
            finds[static_cast<std::size_t>(at - searches.begin())] = true;
            finds_any[static_cast<std::size_t>(at - searches.begin())] = true;
          }
          fmr += share_finding(finds, curve.num_probes);
        }
        fpir += share_finding(finds_any, curve.num_probes);
      }
      EXPECT_NEAR(point.fpir.value, fpir / num, 1e-12);
      EXPECT_NEAR(point.fmr.value, fmr / num_compared, 1e-12);
    }
  }
}

TEST(LogEstimate, RefusesALogThatIsNone) {
  const auto refused = [](auto change) {
    Gate gate;
    change(gate);
    return test::thrown([&] { gate.estimated(); });
  };
  using G = Gate&;
  constexpr auto kRefused = Errc::invalid_argument;
  EXPECT_EQ(refused([](G) {}), std::nullopt);
  EXPECT_EQ(refused([](G g) { g.person_of[0] = 5; }), kRefused);
  EXPECT_EQ(refused([](G g) { g.found[0].search = 7; }), kRefused);
  EXPECT_EQ(refused([](G g) { g.found[0].subject = 5; }), kRefused);
  EXPECT_EQ(refused([](G g) { g.found[0].subject = 3; }), kRefused) << "who is not enrolled";
  EXPECT_EQ(refused([](G g) { g.found[0].score = 0.2F; }), kRefused);
  EXPECT_EQ(refused([](G g) { g.found[0].score = std::numeric_limits<float>::quiet_NaN(); }),
            kRefused);
  EXPECT_EQ(refused([](G g) { g.found.push_back(g.found[0]); }), kRefused);
  EXPECT_EQ(refused([](G g) { g.excluded = {{1, 1}}; }), kRefused);
  EXPECT_EQ(refused([](G g) { g.excluded = {{1, 5}}; }), kRefused);
  EXPECT_EQ(refused([](G g) { g.thresholds.clear(); }), kRefused);
  EXPECT_EQ(refused([](G g) { g.thresholds = {{0.2F}}; }), kRefused);
}

TEST(LogEstimate, SaysNothingOfNobody) {
  Gate gate;
  gate.person_of = {0};
  gate.found = {};
  EXPECT_TRUE(gate.estimated().empty()) << "one person is no rate";
  gate.person_of.clear();
  EXPECT_TRUE(gate.estimated().empty());
}

}  // namespace
