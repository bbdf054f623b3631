#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "moment.hpp"

namespace morgiana {
namespace {

using namespace test;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST(InvalidContext, IsAnyFieldOutOfItsRangeWhetherARuleAsksOrNot) {
  const std::vector<std::function<void(Context&)>> faults = {
      [](Context& c) { c.now_s = 0; },
      [](Context& c) { c.now_s = kLeast; },
      [](Context& c) { c.now_s = kMost; },
      [](Context& c) { c.utc_offset_s = 14 * 3600 + 1; },
      [](Context& c) { c.utc_offset_s = std::numeric_limits<std::int32_t>::min(); },
      [](Context& c) { c.direction = static_cast<Direction>(3); },
      [](Context& c) { c.amount->minor_units = -1; },
      [](Context& c) { c.amount->currency = "eur"; },
      [](Context& c) { c.amount->currency = ""; },
      [](Context& c) { c.begun_at_s = kLeast; },
      [](Context& c) { c.begun_at_s = kMost; },
      [](Context& c) { c.captured_at_s = kMost; },
      [](Context& c) {
        c.facts->last_passage = Passage{kLeast, "lab"};
        c.facts->never_passed = false;
      },
      [](Context& c) {
        c.facts->last_passage = Passage{1, "lab", static_cast<Direction>(-1)};
        c.facts->never_passed = false;
      },
      [](Context& c) {
        c.facts->spent_today = Amount{-1, "EUR"};
      },
      [](Context& c) {
        c.facts->spent_today = Amount{1, "EURO"};
      },
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Context context = paying(1);
    faults[i](context);
    EXPECT_EQ(reason(kTill, context), "invalid_context") << i;
  }
}

TEST(InvalidPolicy, IsAnyRuleOutOfItsRangeAndIsNamed) {
  const Amount euro{1, "EUR"};
  const AmountTier tier{euro, Needs::face};
  const std::vector<std::pair<const char*, Rules>> faults = {
      {"rules.access[0].area", {.access = {{.area = ""}}}},
      {"rules.access[0].area", {.access = {{.area = std::string(257, 'a')}}}},
      {"rules.access[1].cohorts", {.access = {{.area = "a"}, {.area = "a", .cohorts = {0}}}}},
      {"rules.access[0].weekdays", {.access = {{.area = "a", .weekdays = {0}}}}},
      {"rules.access[0].weekdays", {.access = {{.area = "a", .weekdays = {0x80}}}}},
      {"rules.access[0].from", {.access = {{.area = "a", .from_minute = 1440}}}},
      {"rules.access[0].to", {.access = {{.area = "a", .to_minute = 1441}}}},
      {"rules.access[0].to", {.access = {{.area = "a", .from_minute = 5, .to_minute = 5}}}},
      {"rules.access", {.access = std::vector<AccessRule>(257, {.area = "a"})}},
      {"rules.anti_passback[0].area", {.anti_passback = {{""}}}},
      {"rules.anti_passback[1].area", {.anti_passback = {{"a", 1}, {"a", 2}}}},
      {"rules.anti_passback[0].reset_after_s", {.anti_passback = {{"a", 0}}}},
      {"rules.debounce_s", {.debounce_s = 0}},
      {"rules.max_attempts", {.max_attempts = 0}},
      {"rules.max_transaction_s", {.max_transaction_s = 0}},
      {"rules.max_capture_age_s", {.max_capture_age_s = 0}},
      {"rules.amounts[0].up_to", {.amounts = {{{-1, "EUR"}, Needs::face}}}},
      {"rules.amounts[0].currency", {.amounts = {{{1, "Eur"}, Needs::face}}}},
      {"rules.amounts[0].needs", {.amounts = {{euro, static_cast<Needs>(0)}}}},
      {"rules.amounts[1].up_to", {.amounts = {tier, tier}}},
      {"rules.amounts[2].up_to", {.amounts = {tier, {{9, "USD"}}, {{0, "EUR"}, Needs::step_up}}}},
      {"rules.amounts[1].needs", {.amounts = {{euro, Needs::step_up}, {{2, "EUR"}, Needs::face}}}},
      {"rules.day_limits[0].up_to", {.amounts = {tier}, .day_limits = {{-1, "EUR"}}}},
      {"rules.day_limits[0].currency", {.amounts = {tier}, .day_limits = {{1, ""}}}},
      {"rules.day_limits[1].currency", {.amounts = {tier}, .day_limits = {euro, euro}}},
      {"rules.day_limits[0].currency", {.amounts = {tier}, .day_limits = {{1, "USD"}}}},
  };
  for (const auto& [path, rules] : faults) {
    const auto fault = detail::fault_of(with(rules));
    ASSERT_TRUE(fault.has_value()) << path;
    EXPECT_EQ(fault->path(), path) << fault->limit;
    EXPECT_EQ(reason(rules, paying(1)), "invalid_policy") << path;
    EXPECT_EQ(decide(clear(), with(rules)).reason, Reason::invalid_policy) << path;
  }
}

TEST(Reason, HasANameOfItsOwnAndOneOutcome) {
  std::vector<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(Reason::amount_needs_step_up); ++i) {
    const auto one = static_cast<Reason>(i);
    EXPECT_NE(name(one), "unnamed") << i;
    EXPECT_EQ(outcome_of(one) == Outcome::granted, one == Reason::accepted) << name(one);
    EXPECT_EQ(std::count(names.begin(), names.end(), name(one)), 0) << name(one);
    names.push_back(name(one));
  }
  EXPECT_EQ(outcome_of(static_cast<Reason>(99)), Outcome::not_determined);
}

}  // namespace
}  // namespace morgiana
