#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "morgiana/error.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// A transaction of a stream: its number, from 1, and its time.
struct DriftMoment {
  std::uint64_t transaction;
  std::int64_t at_s;  // Unix time
  friend bool operator==(const DriftMoment&, const DriftMoment&) = default;
};

/// What is known of drifts by one ratio: the e-value so far of all beginnings, each by its weight,
/// and the likeliest beginning, by the run of evidence since then (Page's CUSUM).
struct RatioEvidence {
  double e_value = 0.0;
  double run = 0.0;
  DriftMoment begin = {0, 0};
  friend bool operator==(const RatioEvidence&, const RatioEvidence&) = default;
};

/// How strongly a stream of yes and no speaks for more yes than was promised, at whatever moment
/// one looks. The e-value is a nonnegative supermartingale that begins at 1 while no transaction
/// says yes with a higher chance, given those before it, than was promised to it: it reaches 1/α
/// ever with a chance of α at most (Ville 1939). It is the mean over eight ratios and over every
/// transaction at which a drift may begin; a drift by a ratio multiplies the odds of a yes. State
/// is a value: what is written and read back goes on as if nothing had been.
/// Threads: one at a time.
/// Source:  decision record 0021; Ramdas, Grünwald, Vovk, Shafer 2023; Shin, Ramdas, Rinaldo 2024.
class DriftEvidence {
 public:
  /// How many times as high the odds may have become. What stays below 1.097 times what was
  /// promised never rings: the least ratio gains from (r - 1) / ln r on.
  static constexpr std::array kRatios = {1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0};
  static constexpr std::uint64_t kMostTransactions = std::uint64_t{1} << 53;
  static constexpr double kLeastPromise = 1e-9;  // a lower one counts as this, which is safe
  static constexpr double kMostEvidence = 1e200;

  using Ratios = std::array<RatioEvidence, kRatios.size()>;

  DriftEvidence() = default;
  /// As it was written. Errors: invalid_argument (what no stream leads to).
  DriftEvidence(double num_promised, std::uint64_t num_transactions, std::uint64_t num_hits,
                std::int64_t last_s, const Ratios& ratios);

  /// What came of so many transactions, in any order among themselves: all of them count before
  /// anybody looks. Transactions come in the order in which they took place, whatever came of them.
  /// Shape:  promised in (0, 1), of each of them; num_hits up to num_transactions, which is 1 or
  ///         more; at_s of the last of them, not before that of the call before.
  /// Errors: invalid_argument; nothing is counted then.
  /// Cost:   some 0.1 us, however many they are (docs/drift.md).
  void observe(double promised, std::uint64_t num_transactions, std::uint64_t num_hits,
               std::int64_t at_s);

  /// 1 in the beginning; never NaN, up to about 1e200.
  double e_value() const noexcept;
  /// The likeliest beginning of a drift, whatever its ratio, if there is one.
  DriftMoment begin() const noexcept;

  double num_promised() const noexcept { return num_promised_; }  // hits at most, in the mean
  std::uint64_t num_transactions() const noexcept { return num_transactions_; }
  std::uint64_t num_hits() const noexcept { return num_hits_; }
  std::int64_t last_s() const noexcept { return last_s_; }
  const Ratios& ratios() const noexcept { return ratios_; }

  friend bool operator==(const DriftEvidence&, const DriftEvidence&) = default;

 private:
  static constexpr double kShare = 1.0 / static_cast<double>(kRatios.size());

  /// The weight of all beginnings after so many promised hits. It falls as slowly as a sum of
  /// weights can, nearly, so that a drift after long quiet costs little more than one at once; and
  /// with promised hits, not transactions, so that it costs as much whatever the rate.
  static double weight_after(double num_promised) noexcept {
    return 1.0 / (1.0 + std::log1p(num_promised));
  }
  /// The weight of beginnings between the two, without the difference of two like numbers.
  static double weight_between(double before, double after) noexcept {
    return std::log1p((after - before) / (1.0 + before)) * weight_after(before) *
           weight_after(after);
  }

  double num_promised_ = 0.0;
  std::uint64_t num_transactions_ = 0;
  std::uint64_t num_hits_ = 0;
  std::int64_t last_s_ = 0;
  Ratios ratios_ = {};
};

namespace detail {

inline void check_promise(double rate) {
  if (!is_number(rate) || rate <= 0.0 || rate >= 1.0) {
    throw Error(Errc::invalid_argument,
                "a promised rate of " + std::to_string(rate) + " is not between 0 and 1");
  }
}

/// Not before the last one.
inline void check_order(std::int64_t at_s, std::int64_t last_s) {
  if (at_s < last_s) {
    throw Error(Errc::invalid_argument, "a transaction of time " + std::to_string(at_s) +
                                            " comes after one of " + std::to_string(last_s) +
                                            "; they are counted in the order of their times");
  }
}

/// By how much what came of some transactions speaks for odds that are `ratio` times as high, of a
/// mean of 1 at most where the promise is kept: below 1e304, so that no product is infinite.
inline double likelihood_ratio(double ratio, double promised, std::uint64_t num_transactions,
                               std::uint64_t num_hits) noexcept {
  if (num_transactions == 1) {
    return (num_hits == 0 ? 1.0 : ratio) / (1.0 + (ratio - 1.0) * promised);
  }
  const double logarithm =
      static_cast<double>(num_hits) * std::log(ratio) -
      static_cast<double>(num_transactions) * std::log1p((ratio - 1.0) * promised);
  return std::exp(std::min(logarithm, 700.0));
}

}  // namespace detail

inline DriftEvidence::DriftEvidence(double num_promised, std::uint64_t num_transactions,
                                    std::uint64_t num_hits, std::int64_t last_s,
                                    const Ratios& ratios)
    : num_promised_(num_promised),
      num_transactions_(num_transactions),
      num_hits_(num_hits),
      last_s_(last_s),
      ratios_(ratios) {
  const auto is_evidence = [](double value) {
    return detail::is_number(value) && value >= 0.0 && value <= kMostEvidence;
  };
  bool is_state = detail::is_number(num_promised) && num_promised >= 0.0 &&
                  num_transactions <= kMostTransactions && num_hits <= num_transactions &&
                  num_promised <= 1.000001 * static_cast<double>(num_transactions) &&
                  (num_transactions > 0 || last_s == 0);
  for (const RatioEvidence& ratio : ratios) {
    const bool has_begun = num_transactions > 0;
    is_state = is_state && is_evidence(ratio.e_value) && is_evidence(ratio.run) &&
               ratio.begin.transaction <= num_transactions && ratio.begin.at_s <= last_s &&
               (ratio.begin.transaction > 0) == has_begun &&
               (has_begun || ratio == RatioEvidence{});
  }
  if (!is_state) throw Error(Errc::invalid_argument, "this is no evidence that a stream leads to");
}

inline void DriftEvidence::observe(double promised, std::uint64_t num_transactions,
                                   std::uint64_t num_hits, std::int64_t at_s) {
  detail::check_promise(promised);
  if (num_transactions_ > 0) detail::check_order(at_s, last_s_);
  if (num_transactions == 0 || num_hits > num_transactions ||
      num_transactions > kMostTransactions - num_transactions_) {
    throw Error(Errc::invalid_argument, std::to_string(num_hits) + " hits of " +
                                            std::to_string(num_transactions) +
                                            " transactions cannot be counted");
  }
  const double rate = std::max(promised, kLeastPromise);
  const double after = num_promised_ + rate * static_cast<double>(num_transactions);
  const double weight = kShare * weight_between(num_promised_, after);
  const DriftMoment first = {num_transactions_ + 1, at_s};
  for (std::size_t i = 0; i < kRatios.size(); ++i) {
    RatioEvidence& ratio = ratios_[i];
    const double by = detail::likelihood_ratio(kRatios[i], rate, num_transactions, num_hits);
    ratio.e_value = std::min((ratio.e_value + weight) * by, kMostEvidence);
    if (ratio.run <= 1.0) ratio.begin = first;
    ratio.run = std::min(std::max(ratio.run, 1.0) * by, kMostEvidence);
  }
  num_promised_ = after;
  num_transactions_ += num_transactions;
  num_hits_ += num_hits;
  last_s_ = at_s;
}

inline double DriftEvidence::e_value() const noexcept {
  double sum = weight_after(num_promised_);
  for (const RatioEvidence& ratio : ratios_) sum += ratio.e_value;
  return sum;
}

inline DriftMoment DriftEvidence::begin() const noexcept {
  return std::max_element(
             ratios_.begin(), ratios_.end(),
             [](const RatioEvidence& a, const RatioEvidence& b) { return a.run < b.run; })
      ->begin;
}

}  // namespace morgiana
