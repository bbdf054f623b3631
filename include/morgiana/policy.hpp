#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "morgiana/amount.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Days of the week, a bit each, from Monday (1) to Sunday (64).
struct Weekdays {
  std::uint8_t bits = 0x7F;  // every day; none is refused
  friend bool operator==(const Weekdays&, const Weekdays&) = default;
};

/// Who may go through an area's gates, and when: from one minute of the local day until another,
/// which itself is outside. A rule that ends before it begins runs over midnight, and belongs to
/// the day on which it begins.
struct AccessRule {
  std::string area;                // 1 to 256 bytes
  Cohorts cohorts = {};            // whoever shares a group with it
  Weekdays weekdays = {};          // on which it begins
  std::uint16_t from_minute = 0;   // 0 to 1439
  std::uint16_t to_minute = 1440;  // 0 to 1440, and not from_minute
  friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

/// An area that a subject who went in must come out of before going in again.
struct AntiPassback {
  std::string area;                                           // 1 to 256 bytes; one entry an area
  std::optional<std::uint32_t> reset_after_s = std::nullopt;  // then forgotten; never without it
  friend bool operator==(const AntiPassback&, const AntiPassback&) = default;
};

/// What an amount is paid with. Values are appended, never renumbered.
enum class Needs {
  face = 1,
  step_up,  // a second factor as well
};

/// What every amount of this currency needs that is at most up_to, and above the tier before.
struct AmountTier {
  Amount up_to;
  Needs needs = Needs::step_up;
  friend bool operator==(const AmountTier&, const AmountTier&) = default;
};

/// What else must hold where a comparison accepts. Rules narrow: none of them grants. Durations are
/// at least 1 s.
struct Rules {
  static constexpr std::size_t kMaxEntries = 256;  // of each list

  /// One of them must hold; without any: everywhere and always. An area that none speaks of is
  /// closed.
  std::vector<AccessRule> access = {};
  std::vector<AntiPassback> anti_passback = {};
  /// A reading of the same subject, area and direction in less than that is no new passage.
  std::optional<std::uint32_t> debounce_s = std::nullopt;
  /// Within a currency from small to large, and a larger amount never needs less. With any, every
  /// decision is for an amount; without, none is.
  std::vector<AmountTier> amounts = {};
  /// What a subject may spend in a day, one a currency that has a tier.
  std::vector<Amount> day_limits = {};
  std::optional<std::uint32_t> max_attempts = std::nullopt;       // of one transaction, at least 1
  std::optional<std::uint32_t> max_transaction_s = std::nullopt;  // from its beginning to now
  std::optional<std::uint32_t> max_capture_age_s = std::nullopt;  // from the photograph to now

  bool is_empty() const { return *this == Rules{}; }
  friend bool operator==(const Rules&, const Rules&) = default;
};

/// What must hold before access is granted, by a threshold or by a risk.
struct Policy {
  Threshold accept = {};  // least score; unset beside a risk
  float margin = 0.0F;    // least lead over the second subject
  Assurance assurance =
      {};  // least assurance of the search: who could have been missed may be second
  Rules rules = {};
  /// In place of `accept`: the search was by this risk or a smaller one.
  std::optional<Risk> risk = {};
};

namespace detail {

/// A field of a policy that is out of its range, and what is allowed.
struct PolicyFault {
  std::string_view list;  // empty where the field is in none
  std::size_t index;
  std::string_view field;
  std::string_view limit;

  std::string path() const {
    if (list.empty()) return std::string(field);
    return std::string(list) + "[" + std::to_string(index) + "]." + std::string(field);
  }
};
using MaybeFault = std::optional<PolicyFault>;

inline constexpr std::uint16_t kMinutesPerDay = 1440;
inline constexpr std::string_view kAreaLimit = "is of 1 to 256 bytes";
inline constexpr std::string_view kCurrencyLimit = "is three letters of A-Z (ISO 4217)";
inline constexpr std::string_view kAmountLimit = "is not negative";
inline constexpr std::string_view kOnceLimit = "is in the list already";

inline bool is_area(std::string_view area) noexcept {
  return !area.empty() && area.size() <= 256;
}

inline MaybeFault fault_of(const AccessRule& rule, std::size_t index) {
  const auto fault = [index](std::string_view field, std::string_view limit) {
    return PolicyFault{"rules.access", index, field, limit};
  };
  if (!is_area(rule.area)) return fault("area", kAreaLimit);
  if (rule.cohorts.bits == 0) return fault("cohorts", "is one group at least");
  if (rule.weekdays.bits == 0 || rule.weekdays.bits > Weekdays{}.bits) {
    return fault("weekdays", "is one day of Monday to Sunday at least");
  }
  if (rule.from_minute >= kMinutesPerDay) return fault("from", "is from 00:00 to 23:59");
  if (rule.to_minute > kMinutesPerDay) return fault("to", "is from 00:00 to 24:00");
  if (rule.to_minute == rule.from_minute) return fault("to", "is another time than from");
  return std::nullopt;
}

inline MaybeFault fault_of(const std::vector<AntiPassback>& areas, std::size_t index) {
  const auto fault = [index](std::string_view field, std::string_view limit) {
    return PolicyFault{"rules.anti_passback", index, field, limit};
  };
  const AntiPassback& one = areas[index];
  if (!is_area(one.area)) return fault("area", kAreaLimit);
  if (one.reset_after_s == 0U) return fault("reset_after_s", "is at least 1");
  for (std::size_t i = 0; i < index; ++i) {
    if (areas[i].area == one.area) return fault("area", kOnceLimit);
  }
  return std::nullopt;
}

inline MaybeFault fault_of(const std::vector<AmountTier>& tiers, std::size_t index) {
  const auto fault = [index](std::string_view field, std::string_view limit) {
    return PolicyFault{"rules.amounts", index, field, limit};
  };
  const AmountTier& tier = tiers[index];
  if (tier.up_to.minor_units < 0) return fault("up_to", kAmountLimit);
  if (!is_valid(tier.up_to)) return fault("currency", kCurrencyLimit);
  if (tier.needs != Needs::face && tier.needs != Needs::step_up) {
    return fault("needs", "is face or step_up");
  }
  for (std::size_t i = 0; i < index; ++i) {
    if (tiers[i].up_to.currency != tier.up_to.currency) continue;
    if (tiers[i].up_to.minor_units >= tier.up_to.minor_units) {
      return fault("up_to", "is above every tier of the currency before it");
    }
    if (tiers[i].needs > tier.needs)
      return fault("needs", "is no less than a smaller amount needs");
  }
  return std::nullopt;
}

inline MaybeFault fault_of_day_limit(const Rules& rules, std::size_t index) {
  const auto fault = [index](std::string_view field, std::string_view limit) {
    return PolicyFault{"rules.day_limits", index, field, limit};
  };
  const Amount& limit = rules.day_limits[index];
  if (limit.minor_units < 0) return fault("up_to", kAmountLimit);
  if (!is_valid(limit)) return fault("currency", kCurrencyLimit);
  for (std::size_t i = 0; i < index; ++i) {
    if (rules.day_limits[i].currency == limit.currency) return fault("currency", kOnceLimit);
  }
  const bool has_tier =
      std::any_of(rules.amounts.begin(), rules.amounts.end(),
                  [&](const AmountTier& tier) { return tier.up_to.currency == limit.currency; });
  return has_tier ? std::nullopt : MaybeFault(fault("currency", "is one that rules.amounts has"));
}

inline MaybeFault fault_of_limits(const Rules& rules) {
  const auto fault = [](std::string_view field, std::string_view limit) {
    return PolicyFault{"", 0, field, limit};
  };
  constexpr std::string_view kCount = "has 256 entries at most";
  if (rules.access.size() > Rules::kMaxEntries) return fault("rules.access", kCount);
  if (rules.anti_passback.size() > Rules::kMaxEntries) return fault("rules.anti_passback", kCount);
  if (rules.amounts.size() > Rules::kMaxEntries) return fault("rules.amounts", kCount);
  if (rules.day_limits.size() > Rules::kMaxEntries) return fault("rules.day_limits", kCount);
  constexpr std::string_view kLeast = "is at least 1";
  if (rules.debounce_s == 0U) return fault("rules.debounce_s", kLeast);
  if (rules.max_attempts == 0U) return fault("rules.max_attempts", kLeast);
  if (rules.max_transaction_s == 0U) return fault("rules.max_transaction_s", kLeast);
  if (rules.max_capture_age_s == 0U) return fault("rules.max_capture_age_s", kLeast);
  return std::nullopt;
}

inline MaybeFault fault_of(const Rules& rules) {
  MaybeFault fault = fault_of_limits(rules);
  for (std::size_t i = 0; !fault && i < rules.access.size(); ++i) {
    fault = fault_of(rules.access[i], i);
  }
  for (std::size_t i = 0; !fault && i < rules.anti_passback.size(); ++i) {
    fault = fault_of(rules.anti_passback, i);
  }
  for (std::size_t i = 0; !fault && i < rules.amounts.size(); ++i) {
    fault = fault_of(rules.amounts, i);
  }
  for (std::size_t i = 0; !fault && i < rules.day_limits.size(); ++i) {
    fault = fault_of_day_limit(rules, i);
  }
  return fault;
}

/// The first field that is out of its range. What is no number is in none.
inline MaybeFault fault_of(const Policy& policy) {
  const auto fault = [](std::string_view field, std::string_view limit) {
    return PolicyFault{"", 0, field, limit};
  };
  const float least = policy.accept.at_least.cosine;
  const double miss = policy.assurance.miss_probability;
  if (policy.risk) {
    if (least != Threshold{}.at_least.cosine) return fault("accept", "is not given beside a risk");
    if (!is_valid(policy.risk->at_most)) return fault("risk.fpir", "is above 0 and below 1");
    if (policy.risk->num_probes == 0) return fault("risk.probes", "is at least 1");
    if (policy.rules.max_attempts.value_or(1) > policy.risk->num_probes) {
      return fault("rules.max_attempts", "is at most the probes of the risk");
    }
  } else if (!(is_number(least) && least >= -1.0F && least <= 1.0F)) {
    return fault("accept.at_least", "is a cosine from -1 to 1");
  }
  if (!(is_number(policy.margin) && policy.margin >= 0.0F && policy.margin <= 2.0F)) {
    return fault("margin", "is from 0 to 2");
  }
  if (!(is_number(miss) && (miss == 0.0 || (miss >= 1e-15 && miss <= 0.01)))) {
    return fault("assurance.miss_probability", "is 0, or from 1e-15 to 0.01");
  }
  return fault_of(policy.rules);
}

}  // namespace detail
}  // namespace morgiana
