#include "morgiana/calibration_estimate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "errors.hpp"

using namespace morgiana;

namespace {

/// Four people with one image each; those of 0 and 1, and of 0 and 2, are close.
struct FourPeople {
  std::vector<std::uint32_t> identity_of = {0, 1, 2, 3};
  std::vector<ImagePair> mated;
  std::vector<ImagePair> non_mated = {{0, 1, 0.7F}, {2, 0, 0.6F}};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> excluded;
  EstimateOptions options = {{{0.5F}, {0.65F}, {0.9F}}, 1, 1};

  std::vector<CalibrationCurve> estimated() const {
    return estimate({identity_of, mated, non_mated, 0.5F, excluded}, options);
  }
};

TEST(Estimate, CountsPeopleOnce) {
  const auto curves = FourPeople{}.estimated();
  ASSERT_EQ(curves.size(), 1U);
  const auto& points = curves[0].points;
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(curves[0].num_subjects, 3.0);
  EXPECT_DOUBLE_EQ(points[0].fmr.value, 2.0 / 6.0);
  EXPECT_NEAR(points[0].fpir.value, 3.0 / 4.0, 1e-12);  // all but 3 meet somebody
  EXPECT_DOUBLE_EQ(points[1].fmr.value, 1.0 / 6.0);
  EXPECT_NEAR(points[1].fpir.value, 2.0 / 4.0, 1e-12);
  EXPECT_EQ(points[1].fmr.effective_trials, 6.0) << "one pair moves two people, and is one";
  EXPECT_EQ(points[2].fmr.value, 0.0);
  EXPECT_GT(points[2].fmr.bounds.high, 0.0) << "nothing seen is not nothing";
  EXPECT_EQ(points[0].num_identity_pairs, 2U);
  EXPECT_FALSE(points[0].fnmr.has_value()) << "nobody has two images";
}

TEST(Estimate, WeighsIdentitiesNotImages) {
  FourPeople people;
  people.identity_of = {0, 1, 2, 3, 1, 1};  // two more images of 1, which nobody is close to
  people.mated = {{1, 4, 0.8F}, {1, 5, 0.8F}, {4, 5, 0.4F}};
  const auto point = people.estimated()[0].points[1];
  EXPECT_DOUBLE_EQ(point.fmr.value, 1.0 / 3.0 / 6.0);
  // 0 meets 1 by a third of the images, and a third of those of 1 meet 0
  EXPECT_NEAR(point.fpir.value, (1.0 / 3.0 + 1.0 / 3.0) / 4.0, 1e-12);
}

TEST(Estimate, LeavesOutWhatIsExcluded) {
  FourPeople people;
  people.excluded = {{1, 0}};
  const CalibrationCurve curve = people.estimated()[0];
  EXPECT_DOUBLE_EQ(curve.points[0].fmr.value, 1.0 / 5.0) << "five pairs were compared";
  EXPECT_DOUBLE_EQ(curve.num_subjects, 10.0 / 4.0);
  people.excluded = {{1, 0}, {0, 1}};
  EXPECT_DOUBLE_EQ(people.estimated()[0].points[0].fmr.value, 1.0 / 5.0) << "a pair is one pair";
}

TEST(DesignEffect, IsLentToThresholdsThatFewReachAndNeverBelowOne) {
  detail::DesignEffect effect;
  EXPECT_EQ(effect.at(0.5, 900), 1.0);
  EXPECT_EQ(effect.at(2.5, 80), 2.5);
  EXPECT_EQ(effect.at(1.5, 60), 1.5);
  EXPECT_EQ(effect.at(0.0, 0), 1.5) << "nothing seen is not certainty";
  EXPECT_EQ(effect.at(3.0, 4), 3.0);
  detail::DesignEffect of_few;
  EXPECT_EQ(of_few.at(2.0, 3), 2.0);
  EXPECT_EQ(of_few.at(0.0, 1), 2.0);
}

TEST(Estimate, RefusesComparisonsThatAreNone) {
  const auto refused = [](auto change) {
    FourPeople people;
    change(people);
    return test::thrown([&] { people.estimated(); });
  };
  using People = FourPeople&;
  EXPECT_EQ(refused([](People) {}), std::nullopt);
  EXPECT_EQ(refused([](People p) { p.identity_of = {}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.identity_of = {0, 0, 0, 0}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.identity_of = {0, 1, 3, 3}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) {
              p.identity_of = {0, 1, 2, 4000000000U};
            }),
            Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.identity_of = {0, 1, 0, 2}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.non_mated[0].first = 9; }), Errc::invalid_argument);
  EXPECT_EQ(
      refused([](People p) { p.non_mated[0].score = std::numeric_limits<float>::quiet_NaN(); }),
      Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.mated = {{0, 1, 0.5F}}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.mated = {{0, 0, 0.5F}}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.excluded = {{1, 1}}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.excluded = {{1, 9}}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.options.thresholds.clear(); }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) { p.options.thresholds = {{0.4F}}; }), Errc::invalid_argument);
  EXPECT_EQ(refused([](People p) {
              p.options.thresholds = {{0.6F}, {0.6F}};
            }),
            Errc::invalid_argument);
}

}  // namespace
