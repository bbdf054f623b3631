#include "morgiana/calibration_departure.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "curves.hpp"
#include "errors.hpp"

using namespace morgiana;

namespace {

/// With FMR of every threshold so many times as large.
CalibrationCurve curve(double factor, std::uint32_t references = 1) {
  CalibrationCurve curve = test::falling_curve(references);
  for (CalibrationPoint& point : curve.points) {
    const double fmr = point.fmr.value * factor;
    point.fmr = detail::rate_of(fmr, point.fmr.effective_trials);
    point.fpir = detail::rate_of(detail::beta_binomial_fpir(999.0, fmr, 0.8), 700.0);
  }
  return curve;
}

Calibration of(std::vector<CalibrationCurve> curves, const char* model = "net") {
  return {{model, 128}, test::some_evidence(), std::move(curves)};
}

TEST(Departures, AreWhereIntervalsHaveNothingInCommon) {
  const Calibration usual = of({curve(1.0)});
  EXPECT_TRUE(departures(usual, usual).empty());
  EXPECT_TRUE(departures(of({curve(1.2)}), usual).empty()) << "less than half as large again";
  const auto departed = departures(of({curve(5.0)}), usual);
  ASSERT_FALSE(departed.empty());
  EXPECT_EQ(departed[0].threshold, Score{0.30F});
  EXPECT_DOUBLE_EQ(departed[0].here.value, 5.0 * departed[0].there.value);
  EXPECT_EQ(departures(usual, of({curve(5.0)})).size(), departed.size());
}

TEST(Departures, AreNotByChance) {
  const Calibration usual = of({curve(1.0)});
  const auto some = departures(of({curve(1.6)}), usual);
  ASSERT_EQ(some.size(), 2U) << "of 2000 and 500 errors, and not of 125 and 31";
  EXPECT_EQ(some[1].threshold, Score{0.35F});
  EXPECT_EQ(departures(of({curve(0.05)}), usual).size(), 1U) << "of 25 errors here nothing is said";
  EXPECT_EQ(departures(usual, of({curve(0.05)})).size(), 1U);
}

TEST(Departures, AreOfTheFewestReferencesThatBothKnow) {
  const Calibration plain = of({curve(1.0, 2), curve(1.0)});
  EXPECT_TRUE(departures(of({curve(1.0), curve(9.0, 2)}), plain).empty());
  EXPECT_FALSE(departures(of({curve(9.0, 2)}), plain).empty()) << "by two references, then";
  EXPECT_TRUE(departures(of({curve(9.0, 3), curve(1.0, 2)}), plain).empty());
}

TEST(Departures, AreNotNoneWhereNothingCouldBeHeldAgainstTheOther) {
  EXPECT_ERRC(departures(of({curve(1.0, 2)}), of({curve(1.0)})), Errc::invalid_argument);
  CalibrationCurve far = curve(1.0);
  for (CalibrationPoint& point : far.points) point.threshold.cosine += 0.002F;
  EXPECT_ERRC(departures(of({far}), of({curve(1.0)})), Errc::invalid_argument);
  EXPECT_ERRC(departures(of({curve(1.0)}, "other"), of({curve(1.0)})), Errc::model_mismatch);
}

}  // namespace
