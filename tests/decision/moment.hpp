#pragma once

#include <string>
#include <string_view>

#include "morgiana/decision.hpp"

namespace morgiana::test {

// 2024-03-06 12:00:00 UTC, a Wednesday.
inline constexpr std::int64_t kNoon = 1'709'726'400;
inline Identification clear() {
  return {{.accept = {{0.5F}}, .margin = 0.125F}, {{"ada", {0.75F}}}, {3, 3}};
}

inline Identification ambiguous() {
  return {{.accept = {{0.5F}}, .margin = 0.125F}, {{"ada", {0.75F}}, {"bob", {0.7F}}}, {3, 3}};
}

inline Policy with(const Rules& rules) {
  return {.accept = {{0.5F}}, .margin = 0.125F, .rules = rules};
}

/// At noon, by ada of group 0, who has not passed and has spent nothing.
inline Context at_noon() {
  return {.now_s = kNoon,
          .area = "lab",
          .direction = Direction::in,
          .facts = SubjectFacts{.subject = "ada", .cohorts = {1}, .never_passed = true}};
}

inline Context paying(std::int64_t minor_units, const std::string& currency = "EUR") {
  Context context = at_noon();
  context.amount = Amount{minor_units, currency};
  context.facts->spent_today = Amount{0, "EUR"};
  return context;
}

inline Context after_passage(const Passage& passage) {
  Context context = at_noon();
  context.facts->last_passage = passage;
  context.facts->never_passed = false;
  return context;
}

inline std::string_view reason(const Rules& rules, const Context& context) {
  return name(decide(clear(), with(rules), context).reason);
}

inline const Rules kTill = {
    .amounts = {{{1500, "EUR"}, Needs::face}, {{10'000, "EUR"}, Needs::step_up}},
    .day_limits = {{12'000, "EUR"}}};

}  // namespace morgiana::test
