#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "moment.hpp"

namespace morgiana {
namespace {

using namespace test;

constexpr std::int64_t kHour = 3600;

std::string_view reason_at(const AccessRule& rule, std::int64_t now_s, std::int32_t offset_s = 0) {
  Context context = at_noon();
  context.now_s = now_s;
  context.utc_offset_s = offset_s;
  return reason({.access = {rule}}, context);
}

TEST(Rules, NoneIsWhatItWasBefore) {
  EXPECT_EQ(reason({}, at_noon()), "accepted");
  EXPECT_EQ(decide(clear(), with({}), at_noon()).subject, SubjectId("ada"));
  EXPECT_EQ(decide(clear(), with({})).outcome, Outcome::granted);
}

TEST(Rules, WhoForgetsTheContextLetsNobodyIn) {
  for (const Rules& rules : {Rules{.access = {{.area = "lab"}}}, Rules{.anti_passback = {{"lab"}}},
                             Rules{.debounce_s = 5}, kTill, Rules{.max_attempts = 3},
                             Rules{.max_transaction_s = 30}, Rules{.max_capture_age_s = 5}}) {
    const Verification compared({{{0.5F}}}, "ada", Score{0.75F});
    for (const Decision& decision :
         {decide(clear(), with(rules)), decide(compared, with(rules)),
          decide(ambiguous(), with(rules)), decide(clear(), with(rules), {.now_s = kNoon})}) {
      EXPECT_EQ(name(decision.outcome), "not_determined");
      EXPECT_FALSE(decision.subject.has_value());
    }
    EXPECT_EQ(decide(clear(), with(rules)).reason, Reason::context_missing);
  }
}

TEST(Rules, AContextWithoutATimeIsNone) {
  EXPECT_EQ(reason({}, {}), "invalid_context");
}

TEST(Rules, DecideOnAClaimAsOnASearch) {
  const Verification compared({{{0.5F}}}, "ada", Score{0.75F});
  Context context = paying(1501);
  EXPECT_EQ(decide(compared, with(kTill), context).reason, Reason::amount_needs_step_up);
  context.has_second_factor = true;
  EXPECT_EQ(decide(compared, with(kTill), context).subject, SubjectId("ada"));
  const Verification refused({{{0.5F}}}, "ada", Score{0.4F});
  EXPECT_EQ(decide(refused, with(kTill), context).reason, Reason::claim_rejected);
}

TEST(Access, IsOpenToAGroupThatARuleOfTheAreaNames) {
  const Rules rules{.access = {{.area = "lab", .cohorts = {0b110}}, {.area = "hall"}}};
  Context context = at_noon();
  EXPECT_EQ(reason(rules, context), "area_not_allowed");
  context.facts->cohorts = {0b100};
  EXPECT_EQ(reason(rules, context), "accepted");
  context.area = "roof";
  EXPECT_EQ(reason(rules, context), "area_not_allowed");
  context.area = "";
  EXPECT_EQ(reason(rules, context), "context_missing");
}

TEST(Access, HoldsFromAMinuteUntilAnotherWhichIsOutside) {
  const AccessRule day{.area = "lab", .from_minute = 8 * 60, .to_minute = 18 * 60};
  EXPECT_EQ(reason_at(day, kNoon - 4 * kHour - 1), "outside_hours");
  EXPECT_EQ(reason_at(day, kNoon - 4 * kHour), "accepted");
  EXPECT_EQ(reason_at(day, kNoon + 6 * kHour - 1), "accepted");
  EXPECT_EQ(reason_at(day, kNoon + 6 * kHour), "outside_hours");
}

TEST(Access, OverMidnightBelongsToTheDayOnWhichItBegins) {
  const AccessRule wednesday_night{
      .area = "lab", .weekdays = {0b0000100}, .from_minute = 22 * 60, .to_minute = 6 * 60};
  EXPECT_EQ(reason_at(wednesday_night, kNoon - 7 * kHour), "outside_hours");  // of Tuesday night
  EXPECT_EQ(reason_at(wednesday_night, kNoon + 10 * kHour - 1), "outside_hours");
  EXPECT_EQ(reason_at(wednesday_night, kNoon + 10 * kHour), "accepted");
  EXPECT_EQ(reason_at(wednesday_night, kNoon + 12 * kHour), "accepted");  // Thursday 00:00
  EXPECT_EQ(reason_at(wednesday_night, kNoon + 18 * kHour - 1), "accepted");
  EXPECT_EQ(reason_at(wednesday_night, kNoon + 18 * kHour), "outside_hours");
  EXPECT_EQ(reason_at(wednesday_night, kNoon + 34 * kHour), "outside_hours");  // Thursday 22:00
}

TEST(Access, OverMidnightRunsFromSundayIntoMonday) {
  const AccessRule sunday_night{
      .area = "lab", .weekdays = {0b1000000}, .from_minute = 23 * 60, .to_minute = 60};
  const std::int64_t monday = kNoon + (4 * 24 + 12) * kHour;  // 2024-03-11 00:00
  EXPECT_EQ(reason_at(sunday_night, monday - kHour), "accepted");
  EXPECT_EQ(reason_at(sunday_night, monday), "accepted");
  EXPECT_EQ(reason_at(sunday_night, monday + kHour), "outside_hours");
}

TEST(Access, TimesAreLocal) {
  const AccessRule wednesday{.area = "lab", .weekdays = {0b0000100}};
  const auto east = static_cast<std::int32_t>(12 * kHour);
  EXPECT_EQ(reason_at(wednesday, kNoon - 1, east), "accepted");
  EXPECT_EQ(reason_at(wednesday, kNoon, east), "outside_hours");  // there it is Thursday
  EXPECT_EQ(reason_at(wednesday, kNoon, -east), "accepted");
  EXPECT_EQ(reason_at(wednesday, kNoon - 1, -east), "outside_hours");  // there it is Tuesday
  EXPECT_EQ(reason_at({.area = "lab", .weekdays = {0b0000100}}, 1, -14 * 3600), "accepted");
}

TEST(Access, AsksWhatGroupsTheSubjectIsOf) {
  const Rules rules{.access = {{.area = "lab"}}};
  Context context = at_noon();
  context.facts->cohorts = {0};
  EXPECT_EQ(reason(rules, context), "facts_missing");
  context.facts.reset();
  EXPECT_EQ(reason(rules, context), "facts_missing");
}

TEST(Passages, ThatWereNotLookedUpAreNoneThatNeverWere) {
  const std::vector<Rules> asking = {{.debounce_s = 5}, {.anti_passback = {{"lab"}}}};
  for (const Rules& rules : asking) {
    Context context = at_noon();
    EXPECT_EQ(reason(rules, context), "accepted");
    context.facts->never_passed = false;
    EXPECT_EQ(reason(rules, context), "facts_missing");
    EXPECT_EQ(reason({}, context), "accepted");
  }
  Context both = after_passage({kNoon - 100, "lab", Direction::out});
  both.facts->never_passed = true;
  EXPECT_EQ(reason({}, both), "invalid_context");
}

TEST(Debounce, ASecondReadingIsOneUntilTheTimeIsOver) {
  const Rules rules{.debounce_s = 5};
  EXPECT_EQ(reason(rules, after_passage({kNoon - 4, "lab", Direction::in})), "repeated_reading");
  EXPECT_EQ(reason(rules, after_passage({kNoon - 5, "lab", Direction::in})), "accepted");
  EXPECT_EQ(reason(rules, after_passage({kNoon + 2, "lab", Direction::in})), "repeated_reading");
}

TEST(Debounce, AnotherDirectionIsAnotherPassage) {
  const Rules rules{.debounce_s = 5};
  EXPECT_EQ(reason(rules, after_passage({kNoon - 1, "lab", Direction::out})), "accepted");
  EXPECT_EQ(reason(rules, after_passage({kNoon - 1, "lab", Direction::none})), "accepted");
  EXPECT_EQ(reason(rules, at_noon()), "accepted");
}

TEST(Debounce, ComesBeforeAntiPassback) {
  const Rules rules{.anti_passback = {{"lab"}}, .debounce_s = 5};
  EXPECT_EQ(reason(rules, after_passage({kNoon - 4, "lab", Direction::in})), "repeated_reading");
  EXPECT_EQ(reason(rules, after_passage({kNoon - 5, "lab", Direction::in})), "passback");
}

TEST(AntiPassback, WhoWentInComesOutBeforeGoingInAgain) {
  const Rules rules{.anti_passback = {{"lab"}}};
  EXPECT_EQ(reason(rules, at_noon()), "accepted");
  EXPECT_EQ(reason(rules, after_passage({1, "lab", Direction::in})), "passback");
  EXPECT_EQ(reason(rules, after_passage({kNoon - 1, "lab", Direction::out})), "accepted");
  EXPECT_EQ(reason(rules, after_passage({kNoon - 1, "lab", Direction::none})), "passback");
  Context out = after_passage({kNoon - 1, "lab", Direction::in});
  out.direction = Direction::out;
  EXPECT_EQ(reason(rules, out), "accepted");
}

TEST(AntiPassback, IsForgottenAfterItsTime) {
  const Rules rules{.anti_passback = {{"lab", 60}}};
  EXPECT_EQ(reason(rules, after_passage({kNoon - 59, "lab", Direction::in})), "passback");
  EXPECT_EQ(reason(rules, after_passage({kNoon - 60, "lab", Direction::in})), "accepted");
}

TEST(AntiPassback, AsksWhereAndWhichWay) {
  const Rules rules{.anti_passback = {{"lab"}}};
  Context context = at_noon();
  context.direction = Direction::none;
  EXPECT_EQ(reason(rules, context), "context_missing");
  context.area = "hall";
  EXPECT_EQ(reason(rules, context), "accepted");
  context.area = "";
  EXPECT_EQ(reason(rules, context), "context_missing");
}

TEST(Facts, OfAnotherSubjectAreaOrCurrencyDecideNothing) {
  Context context = at_noon();
  context.facts->subject = SubjectId("bob");
  EXPECT_EQ(reason({}, context), "facts_of_another");
  for (const Rules& rules : {Rules{.debounce_s = 5}, Rules{.anti_passback = {{"lab"}}}}) {
    EXPECT_EQ(reason(rules, context), "facts_of_another");
    EXPECT_EQ(reason(rules, after_passage({1, "hall", Direction::out})), "facts_of_another");
    Context without = at_noon();
    without.facts.reset();
    EXPECT_EQ(reason(rules, without), "facts_missing");
  }
  Context dollars = paying(100);
  dollars.facts->spent_today = Amount{0, "USD"};
  EXPECT_EQ(reason(kTill, dollars), "facts_of_another");
}

TEST(Amounts, TheTierSaysWhatIsNeededUpToItsLastUnit) {
  EXPECT_EQ(reason(kTill, paying(0)), "accepted");
  EXPECT_EQ(reason(kTill, paying(1500)), "accepted");
  EXPECT_EQ(reason(kTill, paying(1501)), "amount_needs_step_up");
  EXPECT_EQ(reason(kTill, paying(10'000)), "amount_needs_step_up");
  EXPECT_EQ(reason(kTill, paying(10'001)), "amount_above_limit");
  EXPECT_EQ(reason(kTill, paying(1, "USD")), "currency_not_allowed");
}

TEST(Amounts, ASecondFactorPaysUpToTheLastTier) {
  for (const auto& [amount, expected] :
       {std::pair(1501, "accepted"), std::pair(10'001, "amount_above_limit")}) {
    Context context = paying(amount);
    context.has_second_factor = true;
    EXPECT_EQ(reason(kTill, context), expected);
  }
}

TEST(Amounts, StepUpIsAskedForWhereNothingElseIsMissing) {
  EXPECT_EQ(decide(clear(), with(kTill), paying(1501)).outcome, Outcome::step_up);
  Rules rules = kTill;
  rules.access = {{.area = "hall"}};
  EXPECT_EQ(reason(rules, paying(1501)), "area_not_allowed");
}

TEST(Amounts, NoneIsPaidUnderAPolicyThatDoesNotSpeakOfThem) {
  EXPECT_EQ(reason({}, paying(1)), "currency_not_allowed");
  EXPECT_EQ(reason(kTill, at_noon()), "context_missing");
}

TEST(Amounts, ADayHasALimit) {
  Context context = paying(1000);
  context.facts->spent_today = Amount{11'000, "EUR"};
  EXPECT_EQ(reason(kTill, context), "accepted");
  context.facts->spent_today = Amount{11'001, "EUR"};
  EXPECT_EQ(reason(kTill, context), "day_limit_reached");
  context.facts->spent_today.reset();
  EXPECT_EQ(reason(kTill, context), "facts_missing");
}

TEST(Amounts, NoSumOverflows) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const Rules rules{.amounts = {{{kMost, "EUR"}, Needs::face}}, .day_limits = {{kMost, "EUR"}}};
  Context context = paying(kMost);
  EXPECT_EQ(reason(rules, context), "accepted");
  for (const std::int64_t spent : {std::int64_t{1}, kMost}) {
    context.facts->spent_today = Amount{spent, "EUR"};
    EXPECT_EQ(reason(rules, context), "day_limit_reached");
  }
}

TEST(Transaction, HasSoManyAttempts) {
  const Rules rules{.max_attempts = 3};
  Context context = at_noon();
  EXPECT_EQ(reason(rules, context), "context_missing");
  context.attempt = 3;
  EXPECT_EQ(reason(rules, context), "accepted");
  context.attempt = 4;
  EXPECT_EQ(reason(rules, context), "too_many_attempts");
  context.attempt = 0;
  EXPECT_EQ(reason({}, context), "invalid_context");
}

TEST(Transaction, Expires) {
  const Rules rules{.max_transaction_s = 30, .max_capture_age_s = 5};
  Context context = at_noon();
  EXPECT_EQ(reason(rules, context), "context_missing");
  context.begun_at_s = kNoon - 30;
  EXPECT_EQ(reason(rules, context), "context_missing");
  context.captured_at_s = kNoon - 5;
  EXPECT_EQ(reason(rules, context), "accepted");
  context.captured_at_s = kNoon - 6;
  EXPECT_EQ(reason(rules, context), "capture_expired");
  context.begun_at_s = kNoon - 31;
  EXPECT_EQ(reason(rules, context), "transaction_expired");
}

TEST(Clock, ALeapSecondIsToleratedAndAClockThatWasSetBackIsNot) {
  for (const std::int64_t ahead : {0, 2, 3}) {
    const std::string_view expected = ahead <= kClockToleranceS ? "accepted" : "clock_set_back";
    EXPECT_EQ(reason({}, after_passage({kNoon + ahead, "lab", Direction::out})), expected);
    Context begun = at_noon();
    begun.begun_at_s = kNoon + ahead;
    EXPECT_EQ(reason({}, begun), expected);
    Context captured = at_noon();
    captured.captured_at_s = kNoon + ahead;
    EXPECT_EQ(reason({.max_capture_age_s = 1}, captured), expected);
  }
}

TEST(Ambiguity, StaysAStepUpWhateverSecondFactorThereIs) {
  Context context = paying(1);
  context.has_second_factor = true;
  const Decision decision = decide(ambiguous(), with(kTill), context);
  EXPECT_EQ(decision.outcome, Outcome::step_up);
  EXPECT_EQ(decision.reason, Reason::ambiguous);
  EXPECT_FALSE(decision.subject.has_value());
  const Rules attempts{.max_attempts = 1};
  context.amount.reset();
  context.attempt = 2;
  EXPECT_EQ(decide(ambiguous(), with(attempts), context).reason, Reason::too_many_attempts);
}

TEST(SubjectInQuestion, IsWhomTheComparisonAcceptsWhateverTheRules) {
  const Policy closed = with({.access = {{.area = "hall"}}});
  EXPECT_EQ(subject_in_question(clear(), closed), SubjectId("ada"));
  EXPECT_EQ(subject_in_question(ambiguous(), closed), std::nullopt);
  EXPECT_EQ(subject_in_question(Verification({{{0.5F}}}, "ada", Score{0.75F}), closed),
            SubjectId("ada"));
  EXPECT_EQ(subject_in_question(Verification({{{0.5F}}}, "ada", Score{0.4F}), closed),
            std::nullopt);
  EXPECT_EQ(subject_in_question(clear(), with({.debounce_s = 0})), std::nullopt);
}

}  // namespace
}  // namespace morgiana
