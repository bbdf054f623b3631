#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "morgiana/context.hpp"
#include "morgiana/outcome.hpp"
#include "morgiana/policy.hpp"

/// What the rules of a valid policy say of a context; `decide` asks in the order of Reason.
namespace morgiana::detail {

constexpr std::int64_t kSecondsPerDay = 86'400;

/// Days from Monday, 0 to 6, and minutes of the local day.
struct LocalTime {
  std::int64_t weekday;
  std::int64_t minute;
};

inline LocalTime local_time(const Context& context) noexcept {
  constexpr std::int64_t kMondayBeforeS = 3 * kSecondsPerDay;  // Unix time begins on a Thursday
  const std::int64_t since_monday_s = context.now_s + context.utc_offset_s + kMondayBeforeS;
  return {since_monday_s / kSecondsPerDay % 7, since_monday_s % kSecondsPerDay / 60};
}

inline bool holds(const AccessRule& rule, LocalTime now) noexcept {
  const auto begins_on = [&](std::int64_t weekday) {
    return (rule.weekdays.bits >> weekday & 1) != 0;
  };
  if (rule.from_minute < rule.to_minute) {
    return begins_on(now.weekday) && now.minute >= rule.from_minute && now.minute < rule.to_minute;
  }
  const std::int64_t yesterday = (now.weekday + 6) % 7;
  return (begins_on(now.weekday) && now.minute >= rule.from_minute) ||
         (begins_on(yesterday) && now.minute < rule.to_minute);
}

/// Where somebody is going in; null where the area has none.
inline const AntiPassback* passback_rule(const Rules& rules, const Context& context) {
  const auto found =
      std::find_if(rules.anti_passback.begin(), rules.anti_passback.end(),
                   [&](const AntiPassback& one) { return one.area == context.area; });
  return found == rules.anti_passback.end() ? nullptr : &*found;
}

/// The least tier that holds the amount; null where none does.
inline const AmountTier* tier_of(const Rules& rules, const Amount& amount) {
  const auto found =
      std::find_if(rules.amounts.begin(), rules.amounts.end(), [&](const AmountTier& tier) {
        return tier.up_to.currency == amount.currency &&
               tier.up_to.minor_units >= amount.minor_units;
      });
  return found == rules.amounts.end() ? nullptr : &*found;
}

inline const Amount* day_limit_of(const Rules& rules, const std::optional<Amount>& amount) {
  if (!amount) return nullptr;
  const auto found =
      std::find_if(rules.day_limits.begin(), rules.day_limits.end(),
                   [&](const Amount& limit) { return limit.currency == amount->currency; });
  return found == rules.day_limits.end() ? nullptr : &*found;
}

/// Whether a rule asks for what the context could have and has not.
inline bool lacks(const Context& context, const Rules& rules) {
  const bool needs_area = !rules.access.empty() || !rules.anti_passback.empty();
  const bool needs_direction = passback_rule(rules, context) != nullptr;
  return (needs_area && context.area.empty()) ||
         (needs_direction && context.direction == Direction::none) ||
         (!rules.amounts.empty() && !context.amount) || (rules.max_attempts && !context.attempt) ||
         (rules.max_transaction_s && !context.begun_at_s) ||
         (rules.max_capture_age_s && !context.captured_at_s);
}

inline std::optional<Reason> refusal_of_amount(const Rules& rules, const Amount& amount) {
  if (tier_of(rules, amount) != nullptr) return std::nullopt;
  const bool is_known =
      std::any_of(rules.amounts.begin(), rules.amounts.end(),
                  [&](const AmountTier& tier) { return tier.up_to.currency == amount.currency; });
  return is_known ? Reason::amount_above_limit : Reason::currency_not_allowed;
}

/// Why the transaction is refused, whoever is there.
inline std::optional<Reason> refusal_of_transaction(const Rules& rules, const Context& context) {
  const auto is_older = [&](std::int64_t time_s, std::uint32_t most_s) {
    return context.now_s - time_s > std::int64_t{most_s};
  };
  if (!is_valid(context)) return Reason::invalid_context;
  if (is_set_back(context)) return Reason::clock_set_back;
  if (lacks(context, rules)) return Reason::context_missing;
  if (rules.max_attempts && *context.attempt > *rules.max_attempts) {
    return Reason::too_many_attempts;
  }
  if (rules.max_transaction_s && is_older(*context.begun_at_s, *rules.max_transaction_s)) {
    return Reason::transaction_expired;
  }
  if (rules.max_capture_age_s && is_older(*context.captured_at_s, *rules.max_capture_age_s)) {
    return Reason::capture_expired;
  }
  return context.amount ? refusal_of_amount(rules, *context.amount) : std::nullopt;
}

/// Whether the facts are those that the rules ask for.
inline std::optional<Reason> refusal_of_facts(const Rules& rules, const Context& context,
                                              const SubjectId& subject) {
  const bool needs_passage = rules.debounce_s || (context.direction == Direction::in &&
                                                  passback_rule(rules, context) != nullptr);
  const Amount* const day_limit = day_limit_of(rules, context.amount);
  const auto& facts = context.facts;
  if (!facts) {
    const bool needs_facts = needs_passage || day_limit != nullptr || !rules.access.empty();
    return needs_facts ? std::optional(Reason::facts_missing) : std::nullopt;
  }
  if (facts->subject != subject) return Reason::facts_of_another;
  if (!rules.access.empty() && facts->cohorts.bits == 0) return Reason::facts_missing;
  if (day_limit != nullptr && !facts->spent_today) return Reason::facts_missing;
  if (needs_passage && !facts->last_passage && !facts->never_passed) return Reason::facts_missing;
  const auto& last = facts->last_passage;
  const bool is_elsewhere = needs_passage && last && last->area != context.area;
  const bool is_other_money =
      day_limit != nullptr && facts->spent_today->currency != day_limit->currency;
  return is_elsewhere || is_other_money ? std::optional(Reason::facts_of_another) : std::nullopt;
}

inline std::optional<Reason> refusal_of_access(const Rules& rules, const Context& context) {
  if (rules.access.empty()) return std::nullopt;
  const LocalTime now = local_time(context);
  bool is_allowed_here = false;
  for (const AccessRule& rule : rules.access) {
    const bool is_theirs = (rule.cohorts.bits & context.facts->cohorts.bits) != 0;
    if (!is_theirs || rule.area != context.area) continue;
    if (holds(rule, now)) return std::nullopt;
    is_allowed_here = true;
  }
  return is_allowed_here ? Reason::outside_hours : Reason::area_not_allowed;
}

/// A passage without direction may have been one in.
inline std::optional<Reason> refusal_of_passage(const Rules& rules, const Context& context) {
  if (!context.facts || !context.facts->last_passage) return std::nullopt;
  const Passage& last = *context.facts->last_passage;
  const std::int64_t since_s = context.now_s - last.at_s;
  if (rules.debounce_s && last.direction == context.direction &&
      since_s < std::int64_t{*rules.debounce_s}) {
    return Reason::repeated_reading;
  }
  const AntiPassback* const rule = passback_rule(rules, context);
  if (rule == nullptr || context.direction != Direction::in || last.direction == Direction::out) {
    return std::nullopt;
  }
  const bool is_forgotten = rule->reset_after_s && since_s >= std::int64_t{*rule->reset_after_s};
  return is_forgotten ? std::nullopt : std::optional(Reason::passback);
}

/// Of an amount that a tier holds.
inline std::optional<Reason> refusal_of_payment(const Rules& rules, const Context& context) {
  if (!context.amount) return std::nullopt;
  const std::int64_t amount = context.amount->minor_units;
  if (const Amount* const limit = day_limit_of(rules, context.amount)) {
    const std::int64_t spent = context.facts->spent_today->minor_units;
    const bool fits = amount <= limit->minor_units && spent <= limit->minor_units - amount;
    if (!fits) return Reason::day_limit_reached;
  }
  const bool is_by_face_alone = tier_of(rules, *context.amount)->needs == Needs::face;
  if (is_by_face_alone || context.has_second_factor) return std::nullopt;
  return Reason::amount_needs_step_up;
}

/// Why this subject is refused in a transaction that is not.
inline std::optional<Reason> refusal_of_subject(const Rules& rules, const Context& context,
                                                const SubjectId& subject) {
  if (const auto reason = refusal_of_facts(rules, context, subject)) return reason;
  if (const auto reason = refusal_of_access(rules, context)) return reason;
  if (const auto reason = refusal_of_passage(rules, context)) return reason;
  return refusal_of_payment(rules, context);
}

}  // namespace morgiana::detail
