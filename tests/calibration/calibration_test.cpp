#include "morgiana/calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "calibration/curves.hpp"
#include "errors.hpp"

using namespace morgiana;
using test::falling;
using test::falling_curve;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Calibration, GivesTheRateThatWasObservedWhereItWasObserved) {
  const Calibration calibration = falling();
  for (const CalibrationPoint& point : calibration.curves()[0].points) {
    if (!is_supported(point)) continue;
    const PredictedRisk risk = calibration.risk(point.threshold, {999, 999});
    EXPECT_EQ(risk.support, Support::observed);
    EXPECT_NEAR(risk.fpir, point.fpir.value, 1e-9 * point.fpir.value);
    EXPECT_NEAR(risk.bounds.low, point.fpir.bounds.low, 1e-9);
    EXPECT_NEAR(risk.bounds.high, point.fpir.bounds.high, 1e-9);
    const PredictedRisk one = calibration.risk(point.threshold, {1, 1});
    EXPECT_EQ(one.fpir, point.fmr.value);
  }
}

TEST(Calibration, TakesAThresholdForTheNextLowerOneThatWasObserved) {
  const Calibration calibration = falling();
  EXPECT_EQ(calibration.risk({0.374F}, {500, 500}).fpir,
            calibration.risk({0.35F}, {500, 500}).fpir);
  const PredictedRisk below = calibration.risk({0.29F}, {500, 500});
  EXPECT_EQ(below.support, Support::unsupported);
  EXPECT_NE(below.why.find("begins at a score of 0.3"), std::string::npos) << below.why;
}

TEST(Calibration, GrowsBeyondWhatWasObservedByTheSpreadOfStrangers) {
  const Calibration calibration = falling();
  const PredictedRisk risk = calibration.risk({0.35F}, {5000, 5000});
  EXPECT_EQ(risk.support, Support::modelled);
  const double fmr = calibration.curves()[0].points[1].fmr.value;
  EXPECT_NEAR(risk.fpir, detail::beta_binomial_fpir(5000, fmr, 0.8), 1e-6);
  EXPECT_LT(risk.fpir, 1.0 - std::pow(1.0 - fmr, 5000));  // strangers who are all alike
  const CalibrationPoint& point = calibration.curves()[0].points[1];
  EXPECT_EQ(risk.bounds.low, point.fpir.bounds.low) << "more people are not found less often";
  EXPECT_EQ(risk.bounds.high, std::min(1.0, 5000 * point.fmr.bounds.high))
      << "all chances together";
  EXPECT_EQ(calibration.risk({0.35F}, {9991, 9991}).support, Support::unsupported);
}

TEST(Calibration, GivesWhatWasCountedWhereHitsAreSpreadEvenly) {
  // Everybody has one twin among the others: all are found, and by nobody else.
  CalibrationCurve curve{1, 1, 200, 199.0, {}};
  curve.points.push_back(
      {{0.9F}, 100, detail::rate_of(1.0 / 199, 19900), detail::rate_of(1.0, 200), {}});
  const Calibration calibration({"net", 128}, test::some_evidence(), {curve});
  EXPECT_EQ(calibration.risk({0.9F}, {199, 199}).fpir, 1.0);
  const PredictedRisk ten = calibration.risk({0.9F}, {10, 10});
  EXPECT_NEAR(ten.fpir, 10.0 / 199, 1e-12);
  EXPECT_LE(ten.bounds.low, ten.fpir);
  EXPECT_GE(ten.bounds.high, ten.fpir);
}

TEST(Calibration, GivesNoNumberWhereTooFewPeopleReachTheScore) {
  const Calibration calibration = falling();
  const PredictedRisk risk = calibration.risk({0.65F}, {100, 100});
  EXPECT_EQ(risk.support, Support::unsupported);
  EXPECT_EQ(risk.fpir, 1.0);
  EXPECT_EQ(risk.bounds, (Interval{0.0, 1.0}));
}

TEST(Calibration, TakesTheCurveOfAsManyReferencesAndProbesOrMore) {
  const Calibration calibration = falling();
  const double one = calibration.risk({0.35F}, {500, 500}).fpir;
  const double two = calibration.risk({0.35F}, {500, 1000}).fpir;
  EXPECT_LT(one, two);
  EXPECT_EQ(calibration.risk({0.35F}, {500, 501}).fpir, two) << "one has two: none has fewer";
  EXPECT_EQ(calibration.risk({0.35F}, {500, 500, 2}).fpir, two);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(calibration.risk({0.35F}, {2, most}).support, Support::unsupported);
  const PredictedRisk both = calibration.risk({0.35F}, {500, 1000, 2});
  EXPECT_EQ(both.support, Support::unsupported);
  EXPECT_EQ(calibration.risk({0.35F}, {500, 1500}).why,
            "the evidence is of up to 2 references a subject and 2 probes a transaction, not of 3 "
            "and 1");
}

TEST(Calibration, ResolvesARiskToTheLeastThresholdThatKeepsItByTheUpperBound) {
  const Calibration calibration = falling();
  for (const double risk : {0.5, 0.2, 0.05}) {
    const ResolvedRisk resolved = calibration.threshold_for(Fpir{risk}, {500, 500});
    ASSERT_NE(resolved.predicted.support, Support::unsupported) << risk;
    EXPECT_LE(resolved.predicted.bounds.high, risk);
    const Score lower{resolved.accept.at_least.cosine - 0.05F};
    EXPECT_GT(calibration.risk(lower, {500, 500}).bounds.high, risk);
    ASSERT_TRUE(resolved.accept.stands_for.has_value());
  }
}

TEST(Calibration, AcceptsNobodyByARiskThatIsUnsupported) {
  const ResolvedRisk resolved = falling().threshold_for(Fpir{1e-6}, {500, 500});
  EXPECT_EQ(resolved.predicted.support, Support::unsupported);
  EXPECT_FALSE(detail::reaches({1.0F}, resolved.accept.at_least));
  ASSERT_TRUE(resolved.least_supported.has_value());
  EXPECT_GT(*resolved.least_supported, 1e-6);
  EXPECT_LT(*resolved.least_supported, 0.1);
}

TEST(Calibration, AnswersForAsManyPeopleAsWereObserved) {
  const Calibration calibration = falling();  // a thousand people, each compared with 999
  const PredictedRisk all = calibration.risk({0.4F}, {1000, 1000});
  EXPECT_EQ(all.support, Support::observed);
  EXPECT_GE(all.fpir, calibration.risk({0.4F}, {999, 999}).fpir);
  EXPECT_LT(all.fpir, calibration.risk({0.4F}, {999, 999}).fpir * 1.002);
  EXPECT_EQ(calibration.risk({0.4F}, {1001, 1001}).support, Support::modelled);
}

TEST(Calibration, ResolvesARiskOfOneClaimByFmr) {
  const Calibration calibration = falling();
  const ResolvedRisk resolved = calibration.threshold_for(Fmr{1e-3}, 1);
  ASSERT_EQ(resolved.predicted.support, Support::observed);
  EXPECT_LE(resolved.predicted.bounds.high, 1e-3);
  EXPECT_EQ(resolved.predicted.fpir, calibration.risk(resolved.accept.at_least, {1, 1}).fpir);
}

TEST(Calibration, RefusesQuestionsWithoutAnAnswer) {
  const Calibration calibration = falling();
  using test::thrown;
  EXPECT_EQ(thrown([&] { calibration.risk({kNan}, {1, 1}); }), Errc::invalid_argument);
  EXPECT_EQ(thrown([&] { calibration.risk({0.4F}, {0, 0}); }), Errc::invalid_argument);
  EXPECT_EQ(thrown([&] { calibration.risk({0.4F}, {2, 1}); }), Errc::invalid_argument);
  EXPECT_EQ(thrown([&] { calibration.risk({0.4F}, {1, 1, 0}); }), Errc::invalid_argument);
  for (const double risk : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(thrown([&] {
                calibration.threshold_for(Fpir{risk}, {1, 1});
              }),
              Errc::invalid_argument);
  }
}

TEST(Calibration, IsNotMadeOfWhatContradictsItself) {
  const auto made = [](auto change) {
    CalibrationCurve curve = falling_curve();
    change(curve);
    return test::thrown([&] { Calibration({"net", 128}, test::some_evidence(), {curve}); });
  };
  using Curve = CalibrationCurve&;
  EXPECT_EQ(made([](Curve) {}), std::nullopt);
  EXPECT_EQ(made([](Curve c) { c.points.clear(); }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.num_probes = 0; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.num_subjects = 0.5; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[1].threshold.cosine = kNan; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[1].threshold = c.points[0].threshold; }),
            Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[2].fmr = c.points[0].fmr; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[2].fpir.value = 2.0; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[2].fpir.bounds.high = 0.0; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[2].fnmr->effective_trials = 0.0; }),
            Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[7].fpir = detail::rate_of(0.0, 700.0); }),
            Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.points[0].fpir = detail::rate_of(1.0, 700.0); }), std::nullopt);
  EXPECT_EQ(made([](Curve c) { c.points[7].num_identity_pairs = 0; }), Errc::invalid_argument);
  EXPECT_EQ(made([](Curve c) { c.num_subjects = 1e300; }), Errc::invalid_argument);
  EXPECT_EQ(test::thrown([] {
              Calibration({"net", 128}, {"two\nlines", "0", "t", 1, 1, 0}, {falling_curve()});
            }),
            Errc::invalid_argument);
  EXPECT_EQ(test::thrown([] {
              Calibration({"net", 128}, {}, {falling_curve()});
            }),
            Errc::invalid_argument);
  EXPECT_EQ(test::thrown([] {
              Calibration({"", 128}, test::some_evidence(), {falling_curve()});
            }),
            Errc::invalid_argument);
  EXPECT_EQ(test::thrown([] {
              Calibration({"net", 128}, test::some_evidence(), {falling_curve(), falling_curve()});
            }),
            Errc::invalid_argument);
}

}  // namespace
