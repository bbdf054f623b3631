#pragma once

#include <string_view>

namespace morgiana {

/// Values are appended, never renumbered. Only granted lets somebody in.
enum class Outcome {
  granted,
  denied,
  not_determined,  // what would have to be known is not
  step_up,         // not by a face alone: ask for a second factor, or search fewer people
};

/// Why. Values are appended, never renumbered.
enum class Reason {
  accepted = 1,    // granted: one subject, far enough ahead of the next, and every rule holds
  no_candidate,    // denied: no enrolled subject reaches the threshold
  claim_rejected,  // denied: the probe does not match the claimed subject
  ambiguous,       // step up: a second subject is within the margin
  empty_gallery,   // not determined: nobody was compared, as nobody is enrolled, or nobody of the
                   // cohorts who is not excluded
  search_too_narrow,  // not determined: the search used a higher threshold or a smaller margin,
                      // was less sure to find everybody, or not by the policy's risk
  invalid_policy,     // not determined: a field of the policy is unset or out of its range
  withheld,           // not determined: there is no candidate, or none far enough ahead of a
                      // subject whose RefusalBudget is spent
  models_disagree,    // not determined: the two models of a Migration name different subjects
  invalid_context,    // not determined: a field of the context is unset or out of its range
  clock_set_back,     // not determined: something in the context is later than now
  context_missing,    // not determined: the policy has rules, and there is no context, or not what
                      // they ask of it
  too_many_attempts,  // denied: Rules::max_attempts
  transaction_expired,   // denied: Rules::max_transaction_s
  capture_expired,       // denied: Rules::max_capture_age_s
  currency_not_allowed,  // denied: no tier is of the amount's currency
  amount_above_limit,    // denied: the amount is above the last tier
  facts_missing,         // not determined: a rule asks for facts about the subject
  facts_of_another,      // not determined: the facts are of another subject, area or currency
  area_not_allowed,      // denied: no access rule is of this area and a cohort of the subject
  outside_hours,         // denied: there is one, and not at this time
  repeated_reading,      // denied: Rules::debounce_s; the passage before is this one
  passback,              // denied: Rules::anti_passback; the subject has not come out
  day_limit_reached,     // denied: the amount and what was spent today are above a day's limit
  amount_needs_step_up,  // step up: all else holds, and the amount needs a second factor
  risk_unsupported,      // not determined: the calibration has no threshold for the risk among
                         // those who were to be compared
};

constexpr std::string_view name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::granted: return "granted";
    case Outcome::denied: return "denied";
    case Outcome::not_determined: return "not_determined";
    case Outcome::step_up: return "step_up";
  }
  return "unnamed";
}

constexpr std::string_view name(Reason reason) noexcept {
  switch (reason) {
    case Reason::accepted: return "accepted";
    case Reason::no_candidate: return "no_candidate";
    case Reason::claim_rejected: return "claim_rejected";
    case Reason::ambiguous: return "ambiguous";
    case Reason::empty_gallery: return "empty_gallery";
    case Reason::search_too_narrow: return "search_too_narrow";
    case Reason::invalid_policy: return "invalid_policy";
    case Reason::withheld: return "withheld";
    case Reason::models_disagree: return "models_disagree";
    case Reason::invalid_context: return "invalid_context";
    case Reason::clock_set_back: return "clock_set_back";
    case Reason::context_missing: return "context_missing";
    case Reason::too_many_attempts: return "too_many_attempts";
    case Reason::transaction_expired: return "transaction_expired";
    case Reason::capture_expired: return "capture_expired";
    case Reason::currency_not_allowed: return "currency_not_allowed";
    case Reason::amount_above_limit: return "amount_above_limit";
    case Reason::facts_missing: return "facts_missing";
    case Reason::facts_of_another: return "facts_of_another";
    case Reason::area_not_allowed: return "area_not_allowed";
    case Reason::outside_hours: return "outside_hours";
    case Reason::repeated_reading: return "repeated_reading";
    case Reason::passback: return "passback";
    case Reason::day_limit_reached: return "day_limit_reached";
    case Reason::amount_needs_step_up: return "amount_needs_step_up";
    case Reason::risk_unsupported: return "risk_unsupported";
  }
  return "unnamed";
}

/// The one outcome that has this reason.
constexpr Outcome outcome_of(Reason reason) noexcept {
  switch (reason) {
    case Reason::accepted: return Outcome::granted;
    case Reason::ambiguous:
    case Reason::amount_needs_step_up: return Outcome::step_up;
    case Reason::no_candidate:
    case Reason::claim_rejected:
    case Reason::too_many_attempts:
    case Reason::transaction_expired:
    case Reason::capture_expired:
    case Reason::currency_not_allowed:
    case Reason::amount_above_limit:
    case Reason::area_not_allowed:
    case Reason::outside_hours:
    case Reason::repeated_reading:
    case Reason::passback:
    case Reason::day_limit_reached: return Outcome::denied;
    case Reason::empty_gallery:
    case Reason::search_too_narrow:
    case Reason::invalid_policy:
    case Reason::withheld:
    case Reason::models_disagree:
    case Reason::invalid_context:
    case Reason::clock_set_back:
    case Reason::context_missing:
    case Reason::facts_missing:
    case Reason::facts_of_another:
    case Reason::risk_unsupported: return Outcome::not_determined;
  }
  return Outcome::not_determined;
}

}  // namespace morgiana
