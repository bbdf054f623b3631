#include <limits>

#include <cmath>
#include <utility>

#include <gtest/gtest.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include "morgiana/decision.hpp"

namespace morgiana {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Case {
  const char* what;
  std::vector<ScoredSubject> found;
  Policy policy;
  Outcome outcome;
  Reason reason;
};

/// Searched at 0.5 with margin 0.125, in a gallery of three.
Decision decided(const Case& c) {
  const Identification found({.accept = {{0.5F}}, .margin = 0.125F}, c.found, {3, 3});
  return decide(found, c.policy);
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"one subject", {{"a", {0.75F}}}, {{{0.5F}}, 0.125F}, Outcome::granted, Reason::accepted},
      {"exactly the threshold", {{"a", {0.5F}}}, {{{0.5F}}}, Outcome::granted, Reason::accepted},
      {"nobody", {}, {{{0.5F}}}, Outcome::denied, Reason::no_candidate},
      {"accepted by the search, not by the policy",
       {{"a", {0.75F}}},
       {{{0.8F}}},
       Outcome::denied,
       Reason::no_candidate},
      {"second inside the margin",
       {{"a", {0.75F}}, {"b", {0.6875F}}},
       {{{0.5F}}, 0.125F},
       Outcome::step_up,
       Reason::ambiguous},
      {"second below the threshold but inside the margin",
       {{"a", {0.5F}}, {"b", {0.4375F}}},
       {{{0.5F}}, 0.125F},
       Outcome::step_up,
       Reason::ambiguous},
      {"second exactly at the margin",
       {{"a", {0.75F}}, {"b", {0.625F}}},
       {{{0.5F}}, 0.125F},
       Outcome::granted,
       Reason::accepted},
      {"two level, no margin asked",
       {{"a", {0.75F}}, {"b", {0.75F}}},
       {{{0.5F}}},
       Outcome::step_up,
       Reason::ambiguous},
      {"policy below what was searched",
       {{"a", {0.75F}}},
       {{{0.4F}}},
       Outcome::not_determined,
       Reason::search_too_narrow},
      {"policy margin beyond what was searched",
       {{"a", {0.75F}}},
       {{{0.5F}}, 0.25F},
       Outcome::not_determined,
       Reason::search_too_narrow},
      {"threshold is no number",
       {{"a", {0.75F}}},
       {{{kNan}}},
       Outcome::not_determined,
       Reason::invalid_policy},
      {"threshold was never set",
       {{"a", {0.75F}}},
       {},
       Outcome::not_determined,
       Reason::invalid_policy},
      {"threshold below every cosine",
       {{"a", {0.75F}}},
       {{{-5.0F}}},
       Outcome::not_determined,
       Reason::invalid_policy},
      {"margin is negative",
       {{"a", {0.75F}}},
       {{{0.5F}}, -0.1F},
       Outcome::not_determined,
       Reason::invalid_policy},
      {"margin is no number",
       {{"a", {0.75F}}},
       {{{0.5F}}, kNan},
       Outcome::not_determined,
       Reason::invalid_policy},
  };
  return all;
}

TEST(Decide, AnswersEachCaseWithItsReasonAndGrantsOnlyASubject) {
  for (const Case& c : cases()) {
    const Decision decision = decided(c);
    EXPECT_EQ(name(decision.outcome), name(c.outcome)) << c.what;
    EXPECT_EQ(name(decision.reason), name(c.reason)) << c.what;
    EXPECT_EQ(decision.subject.has_value(), c.outcome == Outcome::granted) << c.what;
  }
}

TEST(Decide, DeterminesNothingFromAnEmptyGallery) {
  const Identification found({.accept = {{0.5F}}}, {}, {0, 0});
  EXPECT_EQ(decide(found, {{{0.5F}}}).reason, Reason::empty_gallery);
}

TEST(Decide, GrantsTheClaimedSubjectOnlyAtThePolicysThreshold) {
  const Verification compared({.accept = {{0.4F}}}, "a", Score{0.5F});
  EXPECT_EQ(decide(compared, {{{0.5F}}}).outcome, Outcome::granted);
  EXPECT_EQ(decide(compared, {{{0.51F}}}).reason, Reason::claim_rejected);
  for (const float threshold : {kNan, -5.0F, 45.0F}) {
    EXPECT_EQ(decide(compared, {{{threshold}}}).reason, Reason::invalid_policy);
  }
  EXPECT_EQ(decide(compared, {}).reason, Reason::invalid_policy);
}

TEST(Decide, GrantsNothingOnAScoreOrPolicyThatIsNoNumber) {
  const float nan = std::nanf("");
  const IdentifyOptions options{.accept = {{0.5F}}};
  const Identification found(options, {{SubjectId("ada"), {nan}}}, {1, 1});
  EXPECT_EQ(found.num_accepted(), 0U);
  EXPECT_EQ(decide(found, {{{0.5F}}}).outcome, Outcome::denied);
  const Verification compared({{{0.5F}}}, SubjectId("ada"), Score{nan});
  EXPECT_FALSE(compared.accepted());
  EXPECT_EQ(decide(compared, {{{0.5F}}}).outcome, Outcome::denied);
  const Verification good({{{0.5F}}}, SubjectId("ada"), Score{0.9F});
  EXPECT_EQ(decide(good, {{{nan}}}).reason, Reason::invalid_policy);
  EXPECT_EQ(decide(good, {{{0.5F}}, nan}).reason, Reason::invalid_policy);
  EXPECT_EQ(decide(good, {{{0.5F}}, 0, {std::nan("")}}).reason, Reason::invalid_policy);
}

TEST(Decide, GrantsNothingFromAnAnswerThatWasMovedAway) {
  Verification compared({{{0.5F}}}, SubjectId("ada"), Score{0.9F});
  const Verification taken = std::move(compared);
  EXPECT_EQ(decide(taken, {{{0.5F}}}).outcome, Outcome::granted);
  EXPECT_EQ(decide(compared, {{{0.5F}}}).outcome, Outcome::denied);
}

#ifdef __SSE2__
/// A host that flushes subnormals, as games and audio programs are.
struct Flushing {
  Flushing() { _mm_setcsr(before | 0x8040); }
  ~Flushing() { _mm_setcsr(before); }
  unsigned before = _mm_getcsr();
};

TEST(Decide, ASubnormalBoundIsTheSameWhereSubnormalsAreFlushed) {
  constexpr float kTiny = 1e-40F;
  const auto outcomes = [] {
    const Policy at_tiny{{{kTiny}}};
    const Policy by_tiny{{{0.5F}}, kTiny};
    const auto of = [](const Policy& policy, std::vector<ScoredSubject> found) {
      const IdentifyOptions asked{.accept = policy.accept, .margin = policy.margin};
      return decide(Identification(asked, std::move(found), {2, 2}), policy).outcome;
    };
    constexpr float kSmallest = std::numeric_limits<float>::min();
    return std::vector{
        of(at_tiny, {{"ada", {0.0F}}}),
        of(at_tiny, {{"ada", {kSmallest}}}),
        of({{{-kTiny}}}, {{"ada", {0.0F}}}),
        of(by_tiny, {{"ada", {0.75F}}, {"bob", {0.5F}}}),
        of(by_tiny, {{"ada", {0.75F}}, {"bob", {0.75F}}}),
        decide(Verification({{{kTiny}}}, SubjectId("ada"), Score{0.0F}), at_tiny).outcome,
    };
  };
  const std::vector<Outcome> expected = {Outcome::denied,  Outcome::granted, Outcome::granted,
                                         Outcome::granted, Outcome::step_up, Outcome::denied};
  EXPECT_EQ(outcomes(), expected);
  const Flushing here;
  EXPECT_EQ(outcomes(), expected);
}
#endif

}  // namespace
}  // namespace morgiana
