#include "morgiana/drift_evidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "errors.hpp"

using namespace morgiana;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// As many transactions, each with a chance of a hit.
void add(DriftEvidence& evidence, std::mt19937_64& random, double promised, double rate,
         int num_transactions) {
  std::bernoulli_distribution is_hit(rate);
  for (int i = 0; i < num_transactions; ++i) {
    evidence.observe(promised, 1, is_hit(random) ? 1 : 0, 0);
  }
}

/// The number of the transaction at which it reaches a level, from now; none up to the most.
std::uint64_t delay(DriftEvidence evidence, std::mt19937_64& random, double promised, double rate,
                    double level, std::uint64_t most) {
  std::bernoulli_distribution is_hit(rate);
  for (std::uint64_t i = 1; i <= most; ++i) {
    evidence.observe(promised, 1, is_hit(random) ? 1 : 0, 0);
    if (evidence.e_value() >= level) return i;
  }
  return most;
}

TEST(DriftEvidence, IsAMartingaleWhereThePromiseIsKeptExactly) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-9.0, -0.001);
  DriftEvidence evidence;
  EXPECT_EQ(evidence.e_value(), 1.0);
  for (int i = 0; i < 20'000; ++i) {
    const double promised = std::pow(10.0, exponent(random));
    const double before = evidence.e_value();
    DriftEvidence hit = evidence;
    DriftEvidence miss = evidence;
    hit.observe(promised, 1, 1, i);
    miss.observe(promised, 1, 0, i);
    const double mean = promised * hit.e_value() + (1.0 - promised) * miss.e_value();
    ASSERT_NEAR(mean / before, 1.0, 1e-13) << i;
    ASSERT_GT(hit.e_value(), miss.e_value()) << "fewer hits than promised are never evidence";
    add(evidence, random, promised, promised, 1);
  }
}

TEST(DriftEvidence, IsAMartingaleOfBatchesToo) {
  DriftEvidence evidence;
  std::mt19937_64 random(2);
  add(evidence, random, 0.05, 0.1, 100);
  double mean = 0.0;
  double chance = std::pow(0.7, 6);
  for (std::uint64_t k = 0; k <= 6; ++k) {
    DriftEvidence next = evidence;
    next.observe(0.3, 6, k, 0);
    mean += chance * next.e_value();
    chance *= static_cast<double>(6 - k) / static_cast<double>(k + 1) * 0.3 / 0.7;
  }
  EXPECT_NEAR(mean / evidence.e_value(), 1.0, 1e-13);
}

/// Ville: of so many streams that keep their promise exactly, looked at after every transaction, a
/// share of alpha ever reaches 1/alpha, to five standard errors.
TEST(DriftEvidence, SeldomReachesALevelThoughOneLooksAllTheTime) {
  constexpr int kRuns = 2'000;
  constexpr double kAlpha = 0.05;
  std::mt19937_64 random(3);
  int num_rung = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double promised = run % 2 == 0 ? 0.02 : 0.2;
    if (delay({}, random, promised, promised, 1.0 / kAlpha, 2'000) < 2'000) ++num_rung;
  }
  EXPECT_LE(num_rung, kRuns * kAlpha + 5.0 * std::sqrt(kRuns * kAlpha * (1.0 - kAlpha)));
  EXPECT_GT(num_rung, 0) << "what never rings is no alarm";
}

/// By Wald's identity, of the beginnings at the first transaction of the drift alone and the ratio
/// that is nearest: the evidence to gather over what each transaction adds, with one hit more than
/// is needed. More beginnings and ratios only help.
double most_delay(double promised, double rate, double ratio, double level, double quiet) {
  const auto weight = [](double after) { return 1.0 / (1.0 + std::log1p(after)); };
  const double first = (weight(quiet) - weight(quiet + promised)) / 8.0;
  const double gain = rate * std::log(ratio) - std::log1p((ratio - 1.0) * promised);
  return (std::log(level / first) + std::log(ratio)) / gain;
}

TEST(DriftEvidence, RingsWithinTheDelayThatTheoryBoundsFromTheStartAndAfterALongQuietTime) {
  constexpr double kLevel = 100.0;
  constexpr int kRuns = 100;
  for (const double ratio : {2.0, 5.0, 10.0}) {
    const double promised = 0.01;
    const double rate = ratio * promised;
    for (const int num_quiet : {0, 100'000}) {
      std::mt19937_64 random(4);
      DriftEvidence evidence;
      add(evidence, random, promised, promised, num_quiet);
      ASSERT_LT(evidence.e_value(), kLevel);
      double sum = 0.0;
      for (int run = 0; run < kRuns; ++run) {
        sum += static_cast<double>(delay(evidence, random, promised, rate, kLevel, 1'000'000));
      }
      EXPECT_LT(sum / kRuns, most_delay(promised, rate, ratio, kLevel, num_quiet * promised))
          << ratio << " after " << num_quiet;
    }
  }
}

TEST(DriftEvidence, SaysWhenTheDriftBegan) {
  DriftEvidence evidence;
  for (int i = 1; i <= 10'000; ++i) evidence.observe(0.01, 1, i % 200 == 0 ? 1 : 0, i);
  evidence.observe(0.01, 30, 0, 10'050);
  evidence.observe(0.01, 1, 1, 10'051);
  for (int i = 0; i < 40; ++i) evidence.observe(0.01, 1, i % 4 == 0 ? 1 : 0, 10'052 + i);
  EXPECT_EQ(evidence.begin(), (DriftMoment{10'031, 10'051}));
}

TEST(DriftEvidence, IsOneLookForABatch) {
  DriftEvidence batch;
  batch.observe(0.01, 500, 20, 7);
  const double weight = 1.0 - 1.0 / (1.0 + std::log1p(5.0));
  double expected = 1.0 - weight;
  for (const double ratio : DriftEvidence::kRatios) {
    expected += weight / 8.0 * std::pow(ratio, 20) / std::pow(1.0 + (ratio - 1.0) * 0.01, 500);
  }
  EXPECT_NEAR(batch.e_value() / expected, 1.0, 1e-12);
  EXPECT_EQ(batch.num_transactions(), 500U);
  EXPECT_EQ(batch.num_hits(), 20U);
  EXPECT_NEAR(batch.num_promised(), 5.0, 1e-12);
}

TEST(DriftEvidence, IsANumberWhateverComes) {
  constexpr std::uint64_t kMany = DriftEvidence::kMostTransactions / 64;
  for (const double promised : {1e-300, 1e-12, 0.5, 1.0 - 1e-16}) {
    for (const std::uint64_t num_hits : {std::uint64_t{0}, std::uint64_t{1}, kMany}) {
      DriftEvidence evidence;
      for (int i = 0; i < 20; ++i) {
        evidence.observe(promised, kMany, num_hits, i);
        evidence.observe(0.5, 1, num_hits > 0 ? 1 : 0, i);
        ASSERT_TRUE(detail::is_number(evidence.e_value())) << promised << " " << num_hits;
        ASSERT_GE(evidence.e_value(), 0.0);
        for (const RatioEvidence& ratio : evidence.ratios()) {
          ASSERT_TRUE(detail::is_number(ratio.e_value) && detail::is_number(ratio.run));
          ASSERT_LE(ratio.e_value, DriftEvidence::kMostEvidence);
        }
      }
      EXPECT_TRUE(num_hits > 0 || evidence.e_value() < 1.0) << promised;
      EXPECT_TRUE(num_hits < kMany || promised > 0.5 || evidence.e_value() > 1e199) << promised;
    }
  }
}

TEST(DriftEvidence, CountsATinyPromiseAsOneInABillion) {
  DriftEvidence tiny;
  DriftEvidence least;
  tiny.observe(1e-300, 1, 1, 0);
  least.observe(DriftEvidence::kLeastPromise, 1, 1, 0);
  EXPECT_EQ(tiny, least);
}

TEST(DriftEvidence, IsTheSameInEqualRunsAndGoesOnFromItsNumbers) {
  std::mt19937_64 random(5);
  DriftEvidence evidence;
  add(evidence, random, 0.01, 0.02, 1'000);
  const DriftEvidence again(evidence.num_promised(), evidence.num_transactions(),
                            evidence.num_hits(), evidence.last_s(), evidence.ratios());
  EXPECT_EQ(again, evidence);
  std::mt19937_64 same(5);
  DriftEvidence other;
  add(other, same, 0.01, 0.02, 1'000);
  EXPECT_EQ(other, evidence);
}

TEST(DriftEvidence, RefusesWhatCannotBeCountedAndCountsNothingThen) {
  DriftEvidence evidence;
  evidence.observe(0.1, 10, 1, 1'000);
  const DriftEvidence before = evidence;
  const auto refused = [&](double promised, std::uint64_t n, std::uint64_t k, std::int64_t at_s) {
    const auto code = test::thrown([&] { evidence.observe(promised, n, k, at_s); });
    EXPECT_EQ(evidence, before);
    return code == Errc::invalid_argument;
  };
  for (const double rate : {0.0, 1.0, -0.1, 2.0, kNan, std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(refused(rate, 1, 0, 1'000)) << rate;
  }
  EXPECT_TRUE(refused(0.1, 0, 0, 1'000));
  EXPECT_TRUE(refused(0.1, 3, 4, 1'000));
  EXPECT_TRUE(refused(0.1, DriftEvidence::kMostTransactions - 9, 0, 1'000));
  EXPECT_TRUE(refused(0.1, std::numeric_limits<std::uint64_t>::max(), 0, 1'000));
  EXPECT_TRUE(refused(0.1, 1, 0, 999)) << "transactions come in their order";
  evidence.observe(0.1, 1, 0, 1'000);
}

TEST(DriftEvidence, IsNotMadeOfNumbersThatNoStreamLeadsTo) {
  DriftEvidence evidence;
  evidence.observe(0.1, 10, 1, 1'000);
  const auto made = [&](auto change) {
    double num_promised = evidence.num_promised();
    std::uint64_t n = evidence.num_transactions();
    std::uint64_t k = evidence.num_hits();
    std::int64_t last_s = evidence.last_s();
    DriftEvidence::Ratios ratios = evidence.ratios();
    change(num_promised, n, k, last_s, ratios);
    return test::thrown([&] { DriftEvidence(num_promised, n, k, last_s, ratios); });
  };
  EXPECT_EQ(made([](auto&&...) {}), std::nullopt);
  const auto wrong = [&](auto change) { return made(change) == Errc::invalid_argument; };
  EXPECT_TRUE(wrong([](double& p, auto&&...) { p = kNan; }));
  EXPECT_TRUE(wrong([](double& p, auto&&...) { p = -1.0; }));
  EXPECT_TRUE(wrong([](double& p, auto&&...) { p = 10.1; }));
  EXPECT_TRUE(wrong([](double&, std::uint64_t& n, auto&&...) { n = 0; }));
  EXPECT_TRUE(wrong([](double&, std::uint64_t&, std::uint64_t& k, auto&&...) { k = 11; }));
  EXPECT_TRUE(wrong([](double&, auto&, auto&, std::int64_t& last_s, auto&) { last_s = 999; }));
  using Ratios = DriftEvidence::Ratios;
  EXPECT_TRUE(wrong([](double&, auto&, auto&, auto&, Ratios& r) { r[3].e_value = kNan; }));
  EXPECT_TRUE(wrong([](double&, auto&, auto&, auto&, Ratios& r) { r[3].e_value = 1e201; }));
  EXPECT_TRUE(wrong([](double&, auto&, auto&, auto&, Ratios& r) { r[7].run = -1.0; }));
  EXPECT_TRUE(wrong([](double&, auto&, auto&, auto&, Ratios& r) { r[0].begin.transaction = 11; }));
  EXPECT_TRUE(wrong([](double&, auto&, auto&, auto&, Ratios& r) { r[0].begin.transaction = 0; }));
}

}  // namespace
