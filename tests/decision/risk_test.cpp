#include <limits>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "calibration/curves.hpp"
#include "morgiana/decision.hpp"

namespace morgiana {
namespace {

constexpr Score kResolved{0.5F};

ResolvedRisk resolved_at(Score least) {
  return {{least, Fmr{1e-6}}, {Support::observed, 0.008, {0.005, 0.01}, {}}, 1e-3};
}

IdentifyOptions searched_by(Risk risk) {
  return {.accept = {},
          .margin = 0.125F,
          .risk = risk,
          .calibration = std::make_shared<const Calibration>(test::falling())};
}

/// Ada at 0.75 among three, searched by one in a hundred.
Identification found(Risk risk = {{0.01}},
                     std::optional<ResolvedRisk> resolved = resolved_at(kResolved)) {
  return {searched_by(risk), {{"ada", {0.75F}}}, {3, 3}, 0, std::move(resolved)};
}

Policy by(Risk risk) {
  return {.accept = {}, .margin = 0.125F, .risk = risk};
}

TEST(RiskPolicy, GrantsWhatWasSearchedByItsRisk) {
  const Decision decision = decide(found(), by({{0.01}}));
  EXPECT_EQ(decision.reason, Reason::accepted);
  ASSERT_TRUE(decision.resolved);
  EXPECT_EQ(decision.resolved->accept.at_least, kResolved);
  EXPECT_EQ(subject_in_question(found(), by({{0.01}})), SubjectId("ada"));
}

TEST(RiskPolicy, GrantsWhatWasSearchedBySmallerRisks) {
  EXPECT_EQ(decide(found(), by({{0.02}})).reason, Reason::accepted);
  EXPECT_EQ(decide(found({{0.01}, 3}), by({{0.01}, 2})).reason, Reason::accepted);
}

TEST(RiskPolicy, DeterminesNothingByLargerRisks) {
  EXPECT_EQ(decide(found(), by({{0.0099}})).reason, Reason::search_too_narrow);
  EXPECT_EQ(decide(found({{0.01}, 1}), by({{0.01}, 2})).reason, Reason::search_too_narrow);
  EXPECT_EQ(subject_in_question(found(), by({{0.0099}})), std::nullopt);
}

TEST(RiskPolicy, DeterminesNothingOfASearchByAThreshold) {
  const Identification plain({.accept = {{0.5F}}, .margin = 0.125F}, {{"ada", {0.75F}}}, {3, 3});
  EXPECT_EQ(decide(plain, by({{0.01}})).reason, Reason::search_too_narrow);
  EXPECT_EQ(decide(Verification({{{0.5F}}}, "ada", Score{0.75F}), by({{0.01}})).reason,
            Reason::search_too_narrow);
}

TEST(RiskPolicy, AcceptsAtTheThresholdThatTheRiskCameTo) {
  const Identification below(searched_by({{0.01}}), {{"ada", {0.499F}}}, {3, 3}, 0,
                             resolved_at(kResolved));
  EXPECT_TRUE(below.candidates().empty());
  EXPECT_EQ(decide(below, by({{0.01}})).reason, Reason::no_candidate);
  const Identification twins(searched_by({{0.01}}), {{"ada", {0.75F}}, {"eve", {0.7F}}}, {3, 3}, 0,
                             resolved_at(kResolved));
  EXPECT_EQ(decide(twins, by({{0.01}})).reason, Reason::ambiguous);
}

TEST(RiskPolicy, NeedsTheMarginOfTheSearchToo) {
  Policy wide = by({{0.01}});
  wide.margin = 0.25F;
  EXPECT_EQ(decide(found(), wide).reason, Reason::search_too_narrow);
}

TEST(RiskPolicy, DeterminesNothingWhereTheRiskIsUnsupported) {
  const ResolvedRisk none{{}, {.support = Support::unsupported, .why = "too few"}, {}};
  for (const auto& resolved : {std::optional(none), std::optional<ResolvedRisk>()}) {
    const Identification lost(searched_by({{0.01}}), {{"ada", {0.75F}}}, {3, 3}, 0, resolved);
    EXPECT_TRUE(lost.candidates().empty());
    EXPECT_EQ(decide(lost, by({{0.01}})).reason, Reason::risk_unsupported);
    EXPECT_EQ(decide(lost, {{{0.5F}}}).reason, Reason::risk_unsupported) << "by a threshold";
    EXPECT_EQ(decide(lost, by({{0.01}})).outcome, Outcome::not_determined);
  }
  const Identification nobody(searched_by({{0.01}}), {}, {0, 0}, 0, none);
  EXPECT_EQ(decide(nobody, by({{0.01}})).reason, Reason::empty_gallery);
  const Identification withheld(searched_by({{0.01}}), {}, {0, 0, 2}, 0, none);
  EXPECT_EQ(decide(withheld, by({{0.01}})).reason, Reason::withheld);
}

TEST(RiskPolicy, DecidesOnAClaimToo) {
  const VerifyOptions asked{.accept = {},
                            .risk = Risk{{0.01}},
                            .calibration = std::make_shared<const Calibration>(test::falling())};
  const auto compared = [&](float score, std::optional<ResolvedRisk> resolved) {
    return decide(Verification(asked, "ada", Score{score}, std::move(resolved)), by({{0.01}}))
        .reason;
  };
  EXPECT_EQ(compared(0.75F, resolved_at(kResolved)), Reason::accepted);
  EXPECT_EQ(compared(0.499F, resolved_at(kResolved)), Reason::claim_rejected);
  EXPECT_EQ(compared(0.75F, std::nullopt), Reason::risk_unsupported);
}

TEST(RiskPolicy, IsInvalidWithBothNeitherOrNoRate) {
  Policy both = by({{0.01}});
  both.accept = {{0.5F}};
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const Policy& bad :
       {both, Policy{}, by({{0.0}}), by({{1.0}}), by({{kNan}}), by({{-0.1}}), by({{0.01}, 0})}) {
    const Decision decision = decide(found(), bad);
    EXPECT_EQ(decision.reason, Reason::invalid_policy);
    EXPECT_EQ(subject_in_question(found(), bad), std::nullopt);
  }
}

TEST(RiskPolicy, OfAThresholdDecidesOnASearchByARisk) {
  EXPECT_EQ(decide(found(), {{{0.5F}}}).reason, Reason::accepted);
  EXPECT_EQ(decide(found(), {{{0.8F}}}).reason, Reason::no_candidate);
  EXPECT_EQ(decide(found(), {{{0.4F}}}).reason, Reason::search_too_narrow);
  EXPECT_FALSE(decide(found(), {{{0.5F}}}).resolved);
}

}  // namespace
}  // namespace morgiana
