#include "morgiana/identification_estimate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "errors.hpp"

using namespace morgiana;

namespace {

/// Subjects 0 to 3, strangers 4 and 5. 0 has two probes, of which one meets 1 first; 1 has one; 2
/// and 3 have none.
struct SixPeople {
  std::vector<bool> is_subject = {true, true, true, true, false, false};
  std::vector<SearchOutcome> mated = {
      {0, 0.6F, 1, 0.7F, 0.2F}, {0, 0.8F, 2, 0.3F, 0.1F}, {1, 0.5F, 3, 0.4F, 0.3F}};
  std::vector<SearchOutcome> strangers = {
      {4, {}, 1, 0.55F, 0.1F}, {4, {}, 2, 0.1F, 0.05F}, {5, {}, 3, 0.2F, 0.1F}};
  std::vector<Score> thresholds = {{-1.0F}, {0.5F}, {0.55F}, {0.9F}};

  std::vector<IdentificationPoint> points() const {
    return estimate_identification(mated, strangers, is_subject, thresholds);
  }
};

TEST(EstimateIdentification, WeighsPeopleNotProbes) {
  const auto points = SixPeople{}.points();
  ASSERT_EQ(points.size(), 4U);
  EXPECT_DOUBLE_EQ(points[0].fnir.value, 0.25) << "rank one: half of 0's probes";
  EXPECT_DOUBLE_EQ(points[0].fpir.value, 1.0);
  EXPECT_DOUBLE_EQ(points[1].fnir.value, 0.25);
  EXPECT_DOUBLE_EQ(points[1].fpir.value, 0.25) << "half of 4's probes";
  EXPECT_DOUBLE_EQ(points[2].fnir.value, 0.75) << "1 is below the threshold now";
  EXPECT_DOUBLE_EQ(points[2].fpir.value, 0.25) << "what equals the threshold reaches it";
  EXPECT_DOUBLE_EQ(points[3].fnir.value, 1.0);
  EXPECT_DOUBLE_EQ(points[3].fpir.value, 0.0);
  EXPECT_GT(points[3].fpir.bounds.high, 0.0) << "nothing seen is not nothing";
}

/// A hundred strangers with one probe each, of whom twenty find somebody.
std::vector<SearchOutcome> hundred(bool by_the_same) {
  std::vector<SearchOutcome> strangers;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const bool finds = i < 20;
    const std::uint32_t whom = by_the_same ? 0 : i % 50;
    strangers.push_back({100 + i, {}, finds ? whom : 99, finds ? 0.6F : 0.1F, 0.1F});
  }
  return strangers;
}

TEST(EstimateIdentification, IsLessSureWhereOneSubjectMakesMostFail) {
  std::vector<bool> is_subject(200, false);
  std::fill(is_subject.begin(), is_subject.begin() + 100, true);
  std::vector<SearchOutcome> mated;
  for (std::uint32_t i = 0; i < 100; ++i) mated.push_back({i, 0.9F, (i + 1) % 100, 0.1F, 0.0F});
  const std::vector<Score> at = {{0.5F}};
  const auto spread = estimate_identification(mated, hundred(false), is_subject, at)[0].fpir;
  const auto hub = estimate_identification(mated, hundred(true), is_subject, at)[0].fpir;
  EXPECT_DOUBLE_EQ(spread.value, 0.2);
  EXPECT_DOUBLE_EQ(hub.value, 0.2);
  EXPECT_EQ(spread.effective_trials, 100.0) << "twenty people, each found by another";
  // The hub alone moves the rate by 0.2; 0.2² · 0.99 against 0.2 · 0.8 / 100 of independent trials.
  EXPECT_LT(hub.effective_trials, 100.0 / 20.0);
}

TEST(EstimateIdentification, CountsTheProbesOfAPersonAsOneWhereTheyFailTogether) {
  std::vector<bool> is_subject(102, true);
  is_subject[101] = false;
  std::vector<SearchOutcome> together;
  std::vector<SearchOutcome> apart;
  for (std::uint32_t i = 0; i < 100; ++i) {
    for (std::uint32_t k = 0; k < 4; ++k) {
      together.push_back({i, i % 4 == 0 ? 0.1F : 0.9F, 100, 0.0F, 0.0F});
      apart.push_back({i, k == 0 ? 0.1F : 0.9F, 100, 0.0F, 0.0F});
    }
  }
  const std::vector<SearchOutcome> stranger = {{101, {}, 0, 0.0F, 0.0F}};
  const std::vector<Score> at = {{0.5F}};
  const auto one = estimate_identification(together, stranger, is_subject, at)[0].fnir;
  const auto four = estimate_identification(apart, stranger, is_subject, at)[0].fnir;
  EXPECT_DOUBLE_EQ(one.value, four.value);
  EXPECT_NEAR(one.effective_trials, 100.0, 1e-9) << "not four hundred";
  EXPECT_EQ(four.effective_trials, 100.0) << "never more than there are people";
}

TEST(EstimateIdentification, RefusesSearchesThatAreNone) {
  const auto refused = [](auto change) {
    SixPeople people;
    change(people);
    return test::thrown([&] { people.points(); });
  };
  using People = SixPeople&;
  EXPECT_EQ(refused([](People) {}), std::nullopt);
  EXPECT_EQ(refused([](People p) { p.mated.clear(); }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.strangers.clear(); }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.mated[0].identity = 9; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.mated[0].best_subject = 0; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.mated[0].best_subject = 4; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.mated[0].mate.reset(); }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.strangers[0].identity = 2; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.strangers[0].mate = 0.1F; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.strangers[0].second = 0.9F; }), Errc::invalid_argument);
  EXPECT_EQ(
      refused([](People p) { p.strangers[0].best = std::numeric_limits<float>::quiet_NaN(); }),
      Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.thresholds[1] = {-1.0F}; }), Errc::invalid_argument);
}

}  // namespace
