#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "moment.hpp"
#include "oracle.hpp"

namespace morgiana {
namespace {

using namespace test;

constexpr int kNumCases = 40'000;

/// Small ranges, so that boundaries are met often.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::int64_t from_to(std::int64_t least, std::int64_t most) {
    return least +
           static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool once_in(std::int64_t num_times) { return from_to(1, num_times) == 1; }
  std::uint32_t small() { return static_cast<std::uint32_t>(from_to(1, 4)); }
  std::string area() { return once_in(3) ? "hall" : "lab"; }
  std::string currency() { return once_in(6) ? "USD" : "EUR"; }
  Direction direction() { return static_cast<Direction>(once_in(8) ? 0 : from_to(1, 2)); }

  AccessRule access_rule() {
    AccessRule rule{.area = area(), .cohorts = {static_cast<std::uint64_t>(from_to(1, 7))}};
    rule.weekdays.bits = static_cast<std::uint8_t>(from_to(1, 127));
    rule.from_minute = static_cast<std::uint16_t>(from_to(0, 47) * 30);
    do {
      rule.to_minute = static_cast<std::uint16_t>(from_to(0, 48) * 30);
    } while (rule.to_minute == rule.from_minute);
    return rule;
  }

  Rules rules() {
    Rules rules;
    if (once_in(2)) {
      for (auto i = from_to(1, 4); i > 0; --i) rules.access.push_back(access_rule());
    }
    if (once_in(3)) rules.anti_passback.push_back({area(), std::nullopt});
    if (!rules.anti_passback.empty() && once_in(2)) rules.anti_passback[0].reset_after_s = small();
    if (once_in(3)) rules.debounce_s = small();
    if (once_in(2)) add_amounts(rules);
    if (once_in(4)) rules.max_attempts = small();
    if (once_in(4)) rules.max_transaction_s = small();
    if (once_in(4)) rules.max_capture_age_s = small();
    return rules;
  }

  void add_amounts(Rules& rules) {
    const std::int64_t first = from_to(0, 5);
    rules.amounts = {{{first, "EUR"}, once_in(4) ? Needs::step_up : Needs::face}};
    if (once_in(2)) rules.amounts.push_back({{first + from_to(1, 5), "EUR"}, Needs::step_up});
    if (once_in(4)) rules.amounts.push_back({{3, "USD"}, Needs::face});
    if (once_in(2)) rules.day_limits = {{from_to(0, 12), "EUR"}};
    if (once_in(8)) rules.day_limits = {{std::numeric_limits<std::int64_t>::max(), "EUR"}};
  }

  std::optional<std::int64_t> time_before(std::int64_t now_s) {
    if (once_in(8)) return std::nullopt;
    return now_s - from_to(-3, 5);
  }

  SubjectFacts facts(std::int64_t now_s) {
    SubjectFacts facts{.subject = once_in(12) ? "bob" : "ada",
                       .cohorts = {static_cast<std::uint64_t>(from_to(0, 7))}};
    if (const auto at_s = time_before(now_s)) {
      facts.last_passage = Passage{*at_s, once_in(6) ? "roof" : "lab", direction()};
    } else {
      facts.never_passed = once_in(2);
    }
    if (!once_in(6)) facts.spent_today = Amount{from_to(0, 8), currency()};
    if (once_in(8)) facts.spent_today = Amount{std::numeric_limits<std::int64_t>::max(), "EUR"};
    return facts;
  }

  Context context(const Rules& rules) {
    Context context{.now_s = kNoon + from_to(-500, 500) * 600 + from_to(-1, 1),
                    .utc_offset_s = static_cast<std::int32_t>(from_to(-28, 28) * 1800),
                    .area = once_in(10) ? "" : area(),
                    .direction = direction()};
    if (rules.amounts.empty() ? once_in(10) : !once_in(10)) {
      context.amount = Amount{from_to(0, 9), currency()};
    }
    if (!once_in(6)) context.attempt = small();
    context.begun_at_s = time_before(context.now_s);
    context.captured_at_s = time_before(context.now_s);
    context.has_second_factor = once_in(2);
    if (!once_in(8)) context.facts = facts(context.now_s);
    return context;
  }

 private:
  std::mt19937_64 random_;
};

struct Case {
  Identification found;
  Policy policy;
  Context context;

  Decision decision() const { return decide(found, policy, context); }
};

std::vector<Case> drawn(std::uint64_t seed) {
  Draw draw(seed);
  std::vector<Case> cases;
  for (int i = 0; i < kNumCases; ++i) {
    const Rules rules = draw.rules();
    cases.push_back({draw.once_in(20) ? ambiguous() : clear(), with(rules), draw.context(rules)});
  }
  return cases;
}

bool is_same(const Decision& a, const Decision& b) {
  return a.outcome == b.outcome && a.reason == b.reason && a.subject == b.subject &&
         a.policy.rules == b.policy.rules;
}

TEST(EveryDecision, GrantsExactlyWhereEveryRuleHolds) {
  std::map<std::string_view, int> seen;
  for (const Case& one : drawn(1)) {
    const Decision decision = one.decision();
    const bool is_clear = one.found.runner_up() == std::nullopt;
    const bool holds = oracle::everything_holds(one.policy.rules, one.context, "ada");
    ASSERT_EQ(decision.outcome == Outcome::granted, is_clear && holds) << name(decision.reason);
    ASSERT_EQ(decision.outcome, outcome_of(decision.reason));
    ASSERT_EQ(decision.subject.has_value(), decision.outcome == Outcome::granted);
    ++seen[name(decision.reason)];
  }
  for (int i = static_cast<int>(Reason::clock_set_back);
       i <= static_cast<int>(Reason::amount_needs_step_up); ++i) {
    EXPECT_GT(seen[name(static_cast<Reason>(i))], 20) << name(static_cast<Reason>(i));
  }
  EXPECT_GT(seen["accepted"], 1000);
  EXPECT_GT(seen["ambiguous"], 100);
}

TEST(EveryDecision, IsTheSameWhenItIsReplayedInAnyOrderOnAnyThread) {
  const std::vector<Case> cases = drawn(2);
  std::vector<Decision> recorded;
  for (const Case& one : cases) recorded.push_back(one.decision());
  std::vector<std::thread> threads;
  std::vector<int> num_different(2);
  for (std::size_t thread = 0; thread < num_different.size(); ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<std::size_t> order(cases.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), std::mt19937_64(thread));
      for (const std::size_t i : order) {
        const Case copy = cases[i];
        num_different[thread] += is_same(copy.decision(), recorded[i]) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_different, std::vector<int>(2));
}

/// Takes one permission away, if the case has it.
void narrow(Case& one, Draw& draw) {
  Rules& rules = one.policy.rules;
  Context& context = one.context;
  switch (draw.from_to(0, 11)) {
    case 0:  // the last one is what says that there are any
      if (rules.access.size() > 1) rules.access.pop_back();
      break;
    case 1:
      if (!rules.access.empty()) rules.access[0].cohorts.bits &= 1;
      break;
    case 2:
      if (!rules.access.empty()) rules.access[0].weekdays.bits &= 1;
      break;
    case 3:
      rules.access.insert(rules.access.end(), rules.access.empty() ? 1 : 0, {.area = "lab"});
      break;
    case 4:
      if (rules.anti_passback.empty()) rules.anti_passback = {{"lab"}};
      rules.anti_passback[0].reset_after_s.reset();
      break;
    case 5: rules.debounce_s = rules.debounce_s.value_or(0) + 1; break;
    case 6:
      if (!rules.amounts.empty()) rules.amounts.back().needs = Needs::step_up;
      break;
    case 7:
      if (rules.day_limits.empty() && !rules.amounts.empty()) rules.day_limits = {{4, "EUR"}};
      break;
    case 8: rules.max_attempts = 1; break;
    case 9: rules.max_transaction_s = 1; break;
    case 10: context.has_second_factor = false; break;
    default: one.found = ambiguous(); break;
  }
}

TEST(EveryDecision, GrantsNobodyMoreWhenAPermissionIsTakenAway) {
  Draw draw(3);
  int num_taken = 0;
  for (Case one : drawn(4)) {
    const bool was_granted = one.decision().outcome == Outcome::granted;
    narrow(one, draw);
    const bool is_granted = one.decision().outcome == Outcome::granted;
    ASSERT_TRUE(was_granted || !is_granted) << name(one.decision().reason);
    num_taken += was_granted && !is_granted ? 1 : 0;
  }
  EXPECT_GT(num_taken, 500);
}

TEST(EveryDecision, GrantsNobodyWhomTheComparisonDoesNotGrant) {
  const Identification nobody({.accept = {{0.5F}}, .margin = 0.125F}, {{"ada", {0.4F}}}, {3, 3});
  const Identification narrow({.accept = {{0.6F}}, .margin = 0.125F}, {{"ada", {0.7F}}}, {3, 3});
  for (const Case& one : drawn(5)) {
    for (const Identification& found : {nobody, narrow, ambiguous()}) {
      ASSERT_NE(decide(found, one.policy, one.context).outcome, Outcome::granted);
    }
  }
}

}  // namespace
}  // namespace morgiana
