#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "morgiana/decision.hpp"

/// What each rule says, in other words than the library's: one predicate a rule, none of which
/// knows of the others or of an order. Slow on purpose.
namespace morgiana::test::oracle {

/// Days from Monday, by the calendar of the standard library.
inline unsigned weekday_of(std::chrono::sys_seconds local) {
  return std::chrono::weekday(std::chrono::floor<std::chrono::days>(local)).iso_encoding() - 1;
}

/// Walks from each day's beginning of the rule, minute by minute, until its end.
inline bool rule_holds(const AccessRule& rule, const Context& context) {
  using namespace std::chrono;
  const sys_seconds local{seconds{context.now_s + context.utc_offset_s}};
  for (int days_ago = 0; days_ago <= 1; ++days_ago) {
    const auto day = floor<days>(local) - days{days_ago};
    if ((rule.weekdays.bits & (1U << weekday_of(sys_seconds(day)))) == 0) continue;
    unsigned minute_of_day = rule.from_minute;
    for (sys_seconds at = day + minutes{rule.from_minute};
         minute_of_day % 1440 != rule.to_minute % 1440 || at == day + minutes{rule.from_minute};
         at += minutes{1}, ++minute_of_day) {
      if (floor<minutes>(local) == floor<minutes>(at)) return true;
    }
  }
  return false;
}

inline bool access_holds(const Rules& rules, const Context& context) {
  if (rules.access.empty()) return true;
  if (!context.facts) return false;
  for (const AccessRule& rule : rules.access) {
    for (int group = 0; group < 64; ++group) {
      const std::uint64_t bit = std::uint64_t{1} << group;
      const bool shares =
          (rule.cohorts.bits & bit) != 0 && (context.facts->cohorts.bits & bit) != 0;
      if (shares && rule.area == context.area && rule_holds(rule, context)) return true;
    }
  }
  return false;
}

inline bool debounce_holds(const Rules& rules, const Context& context) {
  if (!rules.debounce_s) return true;
  if (!context.facts) return false;
  const auto& last = context.facts->last_passage;
  if (!last) return context.facts->never_passed;
  return last->area == context.area &&
         (last->direction != context.direction || context.now_s >= last->at_s + *rules.debounce_s);
}

inline bool passback_holds(const Rules& rules, const Context& context) {
  for (const AntiPassback& rule : rules.anti_passback) {
    if (context.area.empty()) return false;
    if (rule.area != context.area || context.direction == Direction::out) continue;
    if (context.direction == Direction::none || !context.facts) return false;
    const auto& last = context.facts->last_passage;
    if (!last && !context.facts->never_passed) return false;
    if (!last) continue;
    if (last->area != context.area) return false;
    const bool is_out = last->direction == Direction::out;
    const bool is_over = rule.reset_after_s && context.now_s >= last->at_s + *rule.reset_after_s;
    if (!is_out && !is_over) return false;
  }
  return true;
}

/// Both summands are below 2^63: their sum is right without a sign.
inline bool day_limits_hold(const Rules& rules, const Context& context) {
  for (const Amount& limit : rules.day_limits) {
    if (!context.amount || context.amount->currency != limit.currency) continue;
    if (!context.facts || !context.facts->spent_today) return false;
    if (context.facts->spent_today->currency != limit.currency) return false;
    const auto sum = static_cast<std::uint64_t>(context.amount->minor_units) +
                     static_cast<std::uint64_t>(context.facts->spent_today->minor_units);
    if (sum > static_cast<std::uint64_t>(limit.minor_units)) return false;
  }
  return true;
}

/// Some tier of the currency is large enough, and no smaller one asks for more than there is.
inline bool amount_holds(const Rules& rules, const Context& context) {
  if (!context.amount) return rules.amounts.empty();
  const AmountTier* least = nullptr;
  for (const AmountTier& tier : rules.amounts) {
    if (tier.up_to.currency != context.amount->currency) continue;
    if (tier.up_to.minor_units < context.amount->minor_units) continue;
    if (least == nullptr || tier.up_to.minor_units < least->up_to.minor_units) least = &tier;
  }
  return least != nullptr && (least->needs == Needs::face || context.has_second_factor);
}

inline bool limits_hold(const Rules& rules, const Context& context) {
  if (rules.max_attempts && !(context.attempt && *context.attempt <= *rules.max_attempts)) {
    return false;
  }
  const auto is_young = [&](const std::optional<std::uint32_t>& most_s,
                            const std::optional<std::int64_t>& time_s) {
    return !most_s || (time_s && context.now_s <= *time_s + *most_s);
  };
  return is_young(rules.max_transaction_s, context.begun_at_s) &&
         is_young(rules.max_capture_age_s, context.captured_at_s);
}

inline bool clocks_hold(const Context& context) {
  const std::int64_t latest = context.now_s + 2;
  return !(context.begun_at_s && *context.begun_at_s > latest) &&
         !(context.captured_at_s && *context.captured_at_s > latest) &&
         !(context.facts && context.facts->last_passage &&
           context.facts->last_passage->at_s > latest);
}

/// Whether every rule holds for a subject whom the comparison accepts.
inline bool everything_holds(const Rules& rules, const Context& context, const SubjectId& subject) {
  return (!context.facts || context.facts->subject == subject) && clocks_hold(context) &&
         limits_hold(rules, context) && amount_holds(rules, context) &&
         day_limits_hold(rules, context) && access_holds(rules, context) &&
         debounce_holds(rules, context) && passback_holds(rules, context);
}

}  // namespace morgiana::test::oracle
