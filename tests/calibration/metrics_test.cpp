#include "morgiana/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "errors.hpp"

using namespace morgiana;

namespace {

TEST(ClopperPearson, IsExactWhereItHasAClosedForm) {
  const Interval none = clopper_pearson(0, 20);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 1.0 - std::pow(0.025, 1.0 / 20), 1e-15);
  const Interval all = clopper_pearson(20, 20);
  EXPECT_EQ(all.high, 1.0);
  EXPECT_NEAR(all.low, std::pow(0.025, 1.0 / 20), 1e-15);
  const Interval one = clopper_pearson(1, 1e6);  // the first of so many: 1 - (1 - x)^n = tail
  EXPECT_NEAR(one.low / -std::expm1(std::log1p(-0.025) / 1e6), 1.0, 1e-12);
}

TEST(ClopperPearson, LeavesTheTailsItShould) {
  for (const double trials : {1.5, 30.0, 1e4, 1e8}) {
    for (const double errors : {0.25, 1.0, 17.0, 800.0}) {
      if (errors >= trials) continue;
      const Interval interval = clopper_pearson(errors, trials, 0.9);
      EXPECT_NEAR(
          detail::incomplete_beta(errors, trials - errors + 1.0, interval.low, 1.0 - interval.low),
          0.05, 1e-13);
      EXPECT_NEAR(detail::incomplete_beta(errors + 1.0, trials - errors, interval.high,
                                          1.0 - interval.high),
                  0.95, 1e-13);
    }
  }
}

TEST(ClopperPearson, IsAsCloseAsItSaysWhereCountsAreHuge) {
  const Interval exact = clopper_pearson(999'000, 4'000'000);
  const Interval close = clopper_pearson(1'001'000, 4'008'008.008008);  // the same rate
  EXPECT_NEAR(close.low / exact.low, 1.0, 3e-6);
  EXPECT_NEAR(close.high / exact.high, 1.0, 3e-6);
  const Interval half = clopper_pearson(5e13, 1e14);
  EXPECT_LT(half.low, 0.5);
  EXPECT_GT(half.high, 0.5);
}

TEST(DetCurve, EndsWhereNothingIsAccepted) {
  const std::vector<float> mated = {0.5F, 0.9F};
  const std::vector<float> non_mated = {0.1F, 0.5F, 0.2F};
  const auto curve = det_curve(mated, non_mated);
  ASSERT_EQ(curve.size(), 5U);
  EXPECT_EQ(curve[2].threshold.cosine, 0.5F);
  EXPECT_DOUBLE_EQ(curve[2].false_positive, 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(curve[2].false_negative, 0.0);
  EXPECT_EQ(curve.back().threshold.cosine, std::nextafter(0.9F, 1.0F));
  EXPECT_EQ(curve.back().false_positive, 0.0);
  EXPECT_EQ(curve.back().false_negative, 1.0);
}

TEST(DetCurve, IsNotMadeOfNothing) {
  const std::vector<float> scores = {0.5F};
  const std::vector<float> none;
  const std::vector<float> nan = {std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(test::thrown([&] { det_curve(none, scores); }), Errc::invalid_argument);
  EXPECT_EQ(test::thrown([&] { det_curve(scores, none); }), Errc::invalid_argument);
  EXPECT_EQ(test::thrown([&] { det_curve(nan, scores); }), Errc::invalid_argument);
  EXPECT_EQ(test::thrown([&] { det_curve(scores, nan); }), Errc::invalid_argument);
  const std::vector<double> huge = {1e308, 1e308};
  const std::vector<float> two = {0.1F, 0.2F};
  EXPECT_EQ(test::thrown([&] { det_curve(two, two, huge); }), Errc::invalid_argument);
  EXPECT_EQ(test::thrown([] { equal_error_rate({}); }), Errc::invalid_argument);
  EXPECT_EQ(test::thrown([] { at_false_positive({}, 0.5); }), Errc::invalid_argument);
}

TEST(PredictionInterval, IsWiderThanThatOfTheRate) {
  const Interval rate = clopper_pearson(50, 1000);
  const Interval predicted = prediction_interval(0.05, 1000, 1000);
  EXPECT_LT(predicted.low, rate.low);
  EXPECT_GT(predicted.high, rate.high);
  EXPECT_EQ(test::thrown([] { prediction_interval(0.05, 0, 1); }), Errc::invalid_argument);
}

}  // namespace
