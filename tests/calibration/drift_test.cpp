#include "morgiana/drift.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "errors.hpp"

using namespace morgiana;

namespace {

constexpr std::array kPromised = {0.1, 0.01};
const DriftOptions kOptions = {0.01, {"north", "south"}, {{0.4F}, {0.5F}}};

/// Enough of what was promised to nobody.
void drift(DriftAlarm& alarm, const std::string& cohort) {
  for (int i = 0; i < 40 && !alarm.observe_false_accepts(cohort, Fpir{0.01}, 1, 1, i); ++i) {
  }
}

TEST(DriftAlarm, SharesAlphaOverCohortsAndStreams) {
  EXPECT_DOUBLE_EQ(DriftAlarm(kOptions).rings_at(), 400.0);
  EXPECT_DOUBLE_EQ(DriftAlarm({0.05, {"all"}, {}}).rings_at(), 20.0) << "scores are not watched";
}

/// Streams of a cohort share their transactions, so that they ring together or not: the sum of
/// their chances bounds it all the same. To five standard errors.
TEST(DriftAlarm, SeldomRingsAnywhereThoughOneLooksAllTheTime) {
  constexpr int kRuns = 600;
  constexpr double kAlpha = 0.1;
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform;
  int num_rung = 0;
  for (int run = 0; run < kRuns; ++run) {
    DriftAlarm alarm({kAlpha, {"a", "b", "c"}, {{0.4F}, {0.5F}, {0.6F}}});
    for (int i = 0; i < 3'000 && !alarm.has_rung(); ++i) {
      const double chance = uniform(random);  // of a stranger who scores as high
      const Score score{chance < 0.005 ? 0.6F : chance < 0.03 ? 0.5F : chance < 0.2 ? 0.4F : 0.1F};
      const std::string cohort(1, static_cast<char>('a' + i % 3));
      alarm.observe_scores(cohort, std::array{score}, std::array{0.2, 0.03, 0.005}, i);
      alarm.observe_false_accepts(cohort, Fpir{0.03}, 1, chance < 0.03 ? 1 : 0, i);
    }
    if (alarm.has_rung()) ++num_rung;
  }
  EXPECT_LE(num_rung, kRuns * kAlpha + 5.0 * std::sqrt(kRuns * kAlpha * (1.0 - kAlpha)));
}

TEST(DriftAlarm, RingsForTheCohortAndTheStreamThatDrifts) {
  DriftAlarm alarm(kOptions);
  for (int i = 0; i < 2'000; ++i) {
    const Score south{i < 1'000 || i % 20 != 0 ? 0.2F : 0.55F};
    alarm.observe_scores("north", std::array{Score{0.2F}}, kPromised, i);
    alarm.observe_scores("south", std::array{south}, kPromised, i);
    alarm.observe_false_accepts("south", Fpir{0.01}, 1, 0, i);
  }
  for (const DriftStatus& one : alarm.status()) {
    const bool drifts = one.cohort == "south" && one.stream == DriftStream::scores;
    EXPECT_EQ(one.ring.has_value(), drifts) << one.cohort << " " << name(one.stream);
    if (!drifts || !one.ring) continue;
    EXPECT_EQ(one.ring->since, (DriftMoment{1'001, 1'000}));
    EXPECT_GT(one.ring->rang.transaction, 1'001U);
    EXPECT_EQ(one.ring->threshold, Score{0.5F}) << "the rate at 0.4 was 0.05 of 0.1";
    EXPECT_EQ(one.num_transactions, 2'000U);
  }
}

TEST(DriftAlarm, StaysRungUntilItIsAcknowledgedAndBeginsAnewThen) {
  DriftAlarm alarm(kOptions);
  drift(alarm, "north");
  ASSERT_TRUE(alarm.has_rung());
  const auto ring = alarm.status()[0].ring;
  ASSERT_TRUE(ring.has_value());
  EXPECT_TRUE(alarm.observe_false_accepts("north", Fpir{0.01}, 10'000, 0, 100));
  EXPECT_LT(alarm.status()[0].e_value, alarm.rings_at()) << "the evidence is gone, not the ring";
  EXPECT_EQ(alarm.status()[0].ring, ring);
  alarm.acknowledge("north", DriftStream::false_accepts);
  EXPECT_FALSE(alarm.has_rung());
  EXPECT_EQ(alarm, DriftAlarm(kOptions));
  drift(alarm, "north");
  EXPECT_TRUE(alarm.has_rung());
}

TEST(DriftAlarm, DoesNotForgetEvidenceThatHasNotRung) {
  DriftAlarm alarm(kOptions);
  alarm.observe_false_accepts("north", Fpir{0.01}, 1, 1, 0);
  const DriftAlarm before = alarm;
  EXPECT_ERRC(alarm.acknowledge("north", DriftStream::false_accepts), Errc::invalid_argument);
  EXPECT_ERRC(alarm.acknowledge("east", DriftStream::scores), Errc::invalid_argument);
  EXPECT_EQ(alarm, before);
}

TEST(DriftAlarm, TakesAScoreForEveryThresholdItReaches) {
  DriftAlarm alarm(kOptions);
  const std::array scores = {Score{0.39F}, Score{0.4F}, Score{0.5F}};
  alarm.observe_scores("north", scores, kPromised, 5);
  const DriftAlarm::Watch& watch = alarm.cohorts()[0].scores;
  EXPECT_EQ(watch.evidence[0].num_hits(), 2U);
  EXPECT_EQ(watch.evidence[1].num_hits(), 1U);
  EXPECT_DOUBLE_EQ(alarm.status()[1].e_value,
                   (watch.evidence[0].e_value() + watch.evidence[1].e_value()) / 2.0);
}

TEST(DriftAlarm, RefusesObservationsThatAreNoneAndCountsNothingThen) {
  DriftAlarm alarm(kOptions);
  alarm.observe_scores("north", std::array{Score{0.1F}}, kPromised, 10);
  alarm.observe_false_accepts("north", Fpir{0.1}, 1, 0, 10);
  const DriftAlarm before = alarm;
  const auto refused = [&](auto observe) {
    const bool is_refused = test::thrown([&] { observe(alarm); }) == Errc::invalid_argument;
    EXPECT_EQ(alarm, before);
    return is_refused;
  };
  const std::array two = {Score{0.1F}, Score{std::numeric_limits<float>::quiet_NaN()}};
  const std::array one = {Score{0.1F}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(refused([&](DriftAlarm& a) { a.observe_scores("north", two, kPromised, 10); }));
  EXPECT_TRUE(refused([&](DriftAlarm& a) { a.observe_scores("west", one, kPromised, 10); }));
  EXPECT_TRUE(refused([&](DriftAlarm& a) { a.observe_scores("north", one, kPromised, 9); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_scores("north", one, std::array{0.1}, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_scores("north", one, std::array{0.1, 0.2}, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_scores("north", one, std::array{0.1, 0.0}, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_scores("north", one, std::array{nan, 0.1}, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_false_accepts("west", Fpir{0.1}, 1, 0, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_false_accepts("north", Fpir{nan}, 1, 0, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_false_accepts("north", Fpir{0.1}, 1, 2, 10); }));
  EXPECT_TRUE(refused([&](auto& a) { a.observe_false_accepts("north", Fpir{0.1}, 1, 0, 9); }));
  DriftAlarm without({0.01, {"all"}, {}});
  EXPECT_ERRC(without.observe_scores("all", one, {}, 0), Errc::invalid_argument);
}

TEST(DriftAlarm, IsNotMadeOfOptionsThatAreNone) {
  const auto refused = [](auto change) {
    DriftOptions options = kOptions;
    change(options);
    return test::thrown([&] { DriftAlarm{options}; }) == Errc::invalid_argument;
  };
  using Options = DriftOptions&;
  EXPECT_FALSE(refused([](Options) {}));
  EXPECT_TRUE(refused([](Options o) { o.alpha = 0.0; }));
  EXPECT_TRUE(refused([](Options o) { o.alpha = 1.0; }));
  EXPECT_TRUE(refused([](Options o) { o.alpha = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_TRUE(refused([](Options o) { o.cohorts.clear(); }));
  EXPECT_TRUE(refused([](Options o) { o.cohorts[1] = "north"; }));
  EXPECT_TRUE(refused([](Options o) { o.cohorts[1] = "two\nlines"; }));
  EXPECT_TRUE(refused([](Options o) { o.cohorts[1] = std::string(257, 'x'); }));
  EXPECT_TRUE(refused([](Options o) { o.cohorts.resize(1'001, "x"); }));
  EXPECT_TRUE(refused([](Options o) { o.thresholds[1] = o.thresholds[0]; }));
  EXPECT_TRUE(refused([](Options o) { o.thresholds[1] = {1.5F}; }));
  EXPECT_TRUE(
      refused([](Options o) { o.thresholds[0] = {std::numeric_limits<float>::quiet_NaN()}; }));
  EXPECT_TRUE(refused([](Options o) {
    o.thresholds.clear();
    for (int i = 0; i < 17; ++i) o.thresholds.push_back({0.01F * static_cast<float>(i)});
  }));
}

TEST(DriftAlarm, IsNotMadeOfEvidenceOfAnotherShape) {
  DriftAlarm rung(kOptions);
  drift(rung, "north");
  const auto refused = [&](auto change) {
    std::vector<DriftAlarm::Cohort> cohorts = rung.cohorts();
    change(cohorts);
    return test::thrown([&] { DriftAlarm(kOptions, cohorts); }) == Errc::invalid_argument;
  };
  using Cohorts = std::vector<DriftAlarm::Cohort>&;
  EXPECT_FALSE(refused([](Cohorts) {}));
  EXPECT_TRUE(refused([](Cohorts c) { c.pop_back(); }));
  EXPECT_TRUE(refused([](Cohorts c) { c[1].scores.evidence.pop_back(); }));
  EXPECT_TRUE(refused([](Cohorts c) { c[0].false_accepts.ring.reset(); })) << "rung, unsaid";
  EXPECT_TRUE(refused([](Cohorts c) { c[0].false_accepts.ring->threshold = Score{0.4F}; }));
  EXPECT_TRUE(refused([](Cohorts c) { c[0].false_accepts.ring->since = {9'999, 0}; }));
  EXPECT_TRUE(refused([](Cohorts c) { c[1].scores.ring = c[0].false_accepts.ring; }));
  EXPECT_TRUE(refused([](Cohorts c) { c[1].scores.evidence[0].observe(0.1, 1, 0, 0); }))
      << "thresholds see the same transactions";
}

TEST(PromisedRate, IsTheUpperEndAndHigherForFewWhoComeAgain) {
  const PredictedRisk risk{Support::observed, 0.01, {0.008, 0.0125}, {}};
  EXPECT_EQ(promised_rate(risk), 0.0125);
  const auto of_few = promised_rate(risk, 400);
  ASSERT_TRUE(of_few.has_value());
  EXPECT_NEAR(*of_few, prediction_interval(0.0125, 1e18, 400).high, 1e-12);
  EXPECT_GT(*of_few, 0.02);
  EXPECT_NEAR(*promised_rate(risk, 1'000'000'000), 0.0125, 1e-4);
  EXPECT_EQ(promised_rate({.support = Support::unsupported, .why = "no"}), std::nullopt);
  EXPECT_EQ(promised_rate({Support::observed, 1.0, {0.9, 1.0}, {}}), std::nullopt) << "of all";
  EXPECT_EQ(test::thrown([&] { promised_rate(risk, 0); }), Errc::invalid_argument);
}

}  // namespace
