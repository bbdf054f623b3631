#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "morgiana/error.hpp"
#include "morgiana/incomplete_beta.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Between what a rate lies, with the confidence that was asked for.
struct Interval {
  double low;
  double high;
  friend bool operator==(const Interval&, const Interval&) = default;
};

namespace detail {

inline constexpr double kMostExact = 1e6;  // beyond it the series has tens of thousands of terms

/// The normal deviate that a standard normal lies above with a chance of `tail`, up to a half.
inline double normal_deviate(double tail) noexcept {
  double low = 0.0;
  double high = 40.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(middle / std::numbers::sqrt2) > tail ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// Around a rate, whose arcsine of the square root has a quarter of this variance whatever it is.
inline Interval arcsine_interval(double rate, double variance, double tail) noexcept {
  const double reach = 0.5 * normal_deviate(tail) * std::sqrt(variance);
  const double middle = std::asin(std::sqrt(rate));
  const double low = std::sin(std::max(0.0, middle - reach));
  const double high = std::sin(std::min(std::numbers::pi / 2.0, middle + reach));
  return {low * low, high * high};
}

}  // namespace detail

/// The exact interval of a proportion (Clopper and Pearson 1934), two-sided. Both counts may be
/// fractions, as effective ones are: the design effect of trials that share people divides both.
/// Where a million went wrong and a million right, the arcsine's: within 1e-6 of it.
/// Shape:  num_errors from 0 to num_trials, num_trials > 0, confidence in (0, 1).
/// Errors: invalid_argument.
/// Source: ISO/IEC 19795-1, annex on confidence; exact to 1e-12 for confidences up to 0.99.
inline Interval clopper_pearson(double num_errors, double num_trials, double confidence = 0.95) {
  if (!detail::is_number(num_errors) || !detail::is_number(num_trials) ||
      !detail::is_number(confidence) || !(num_trials > 0.0) || !(num_errors >= 0.0) ||
      !(num_errors <= num_trials) || !(confidence > 0.0 && confidence < 1.0)) {
    throw Error(Errc::invalid_argument,
                std::to_string(num_errors) + " errors of " + std::to_string(num_trials) +
                    " trials with confidence " + std::to_string(confidence) +
                    " have no interval: errors are from 0 to the trials, confidence is in (0, 1)");
  }
  const double tail = (1.0 - confidence) / 2.0;
  const double num_right = num_trials - num_errors;
  if (std::min(num_errors, num_right) > detail::kMostExact) {
    return detail::arcsine_interval(num_errors / num_trials, 1.0 / num_trials, tail);
  }
  const double least_share = std::log(tail) / num_trials;  // where all were alike
  const double a = num_errors;
  const double b = num_right;
  return {.low = a == 0.0   ? 0.0
                 : b == 0.0 ? std::exp(least_share)
                            : detail::beta_quantile(a, b + 1.0, tail, /*is_upper=*/false),
          .high = b == 0.0   ? 1.0
                  : a == 0.0 ? -std::expm1(least_share)
                             : detail::beta_quantile(a + 1.0, b, tail, /*is_upper=*/true)};
}

/// Where a rate will be observed in so many trials, that was estimated from others: wider than the
/// interval of the rate itself, as the observation has its own chance. Both are taken as arcsines
/// of square roots, whose variance does not depend on the rate.
/// Shape:  rate in [0, 1]; both numbers of trials, effective ones, above 0; confidence in (0, 1).
/// Errors: invalid_argument.
inline Interval prediction_interval(double rate, double effective_trials, double observed_trials,
                                    double confidence = 0.95) {
  const bool are_numbers = detail::is_number(rate) && detail::is_number(effective_trials) &&
                           detail::is_number(observed_trials) && detail::is_number(confidence);
  if (!are_numbers || rate < 0.0 || rate > 1.0 || effective_trials <= 0.0 ||
      observed_trials <= 0.0 || confidence <= 0.0 || confidence >= 1.0) {
    throw Error(Errc::invalid_argument,
                "a rate of " + std::to_string(rate) + " from " + std::to_string(effective_trials) +
                    " trials predicts nothing of " + std::to_string(observed_trials) +
                    " others with confidence " + std::to_string(confidence));
  }
  return detail::arcsine_interval(rate, 1.0 / effective_trials + 1.0 / observed_trials,
                                  (1.0 - confidence) / 2.0);
}

/// Both error rates where every score of at least the threshold is accepted. Of comparisons: FMR
/// and FNMR. Of searches, with the best non-mated score of each and the mated one: FPIR and FNIR.
struct ErrorRates {
  Score threshold;
  double false_positive;
  double false_negative;
};

namespace detail {

struct Weighed {
  float score;
  double weight;
};

inline constexpr std::uint32_t kNeverFound = 0xFF800000U;  // the bits of -infinity

/// By score, ascending. Errors: invalid_argument.
inline std::vector<Weighed> weighed(const char* what, std::span<const float> scores,
                                    std::span<const double> weights) {
  if (scores.empty()) throw Error(Errc::invalid_argument, std::string("there are no ") + what);
  if (!weights.empty() && weights.size() != scores.size()) {
    throw Error(Errc::invalid_argument, std::to_string(scores.size()) + " " + what + " came with " +
                                            std::to_string(weights.size()) + " weights");
  }
  std::vector<Weighed> all;
  all.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    const bool is_score =
        is_number(scores[i]) || std::bit_cast<std::uint32_t>(scores[i]) == kNeverFound;
    if (!is_score || !is_number(weight) || !(weight >= 0.0)) {
      throw Error(Errc::invalid_argument, std::string(what) + " [" + std::to_string(i) +
                                              "] is no number or its weight is none from 0 up");
    }
    all.push_back({scores[i], weight});
  }
  std::sort(all.begin(), all.end(),
            [](const Weighed& a, const Weighed& b) { return a.score < b.score; });
  return all;
}

inline double total(const char* what, const std::vector<Weighed>& scores) {
  double sum = 0.0;
  for (const Weighed& s : scores) sum += s.weight;
  if (!(sum > 0.0) || !is_number(sum)) {
    throw Error(Errc::invalid_argument, std::string(what) + " weigh nothing, or without bounds");
  }
  return sum;
}

/// The score after which the least float follows; nothing reaches it.
inline float above(float score) {
  return std::nextafter(score, std::numeric_limits<float>::infinity());
}

}  // namespace detail

/// Both error rates at every threshold at which one of them changes, thresholds ascending: each
/// distinct score, and one above all. The detection error trade-off (DET) of ISO/IEC 19795-1.
/// Shape:  scores [n], weights [n] or none for 1 each. A mated score of -infinity was never found.
/// Errors: invalid_argument (no scores, NaN, a negative weight, none that weighs anything).
inline std::vector<ErrorRates> det_curve(std::span<const float> mated,
                                         std::span<const float> non_mated,
                                         std::span<const double> mated_weights = {},
                                         std::span<const double> non_mated_weights = {}) {
  const auto right = detail::weighed("mated scores", mated, mated_weights);
  const auto wrong = detail::weighed("non-mated scores", non_mated, non_mated_weights);
  const double all_right = detail::total("mated scores", right);
  const double all_wrong = detail::total("non-mated scores", wrong);
  std::vector<ErrorRates> curve;
  double rejected = 0.0;   // mated ones below the threshold
  double dismissed = 0.0;  // non-mated ones below it
  std::size_t i = 0;
  std::size_t k = 0;
  const auto add = [&](float threshold) {
    curve.push_back({{threshold},
                     std::max(0.0, (all_wrong - dismissed) / all_wrong),
                     std::min(1.0, rejected / all_right)});
  };
  while (i < right.size() || k < wrong.size()) {
    const float score = i == right.size()   ? wrong[k].score
                        : k == wrong.size() ? right[i].score
                                            : std::min(right[i].score, wrong[k].score);
    add(score);
    for (; i < right.size() && right[i].score == score; ++i) rejected += right[i].weight;
    for (; k < wrong.size() && wrong[k].score == score; ++k) dismissed += wrong[k].weight;
  }
  const float highest = std::max(right.back().score, wrong.back().score);
  curve.push_back({{detail::above(highest)}, 0.0, 1.0});
  return curve;
}

/// Where both error rates are the same, on the straight line between the two points of the curve
/// around it. Errors: invalid_argument (no curve).
inline double equal_error_rate(std::span<const ErrorRates> curve) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double gap = curve[i].false_negative - curve[i].false_positive;
    if (gap < 0.0) continue;
    if (i == 0 || gap == 0.0) return (curve[i].false_negative + curve[i].false_positive) / 2.0;
    const double before = curve[i - 1].false_positive - curve[i - 1].false_negative;
    const double share = before / (before + gap);
    return curve[i - 1].false_positive +
           share * (curve[i].false_positive - curve[i - 1].false_positive);
  }
  throw Error(Errc::invalid_argument, "a curve that det_curve made is needed");
}

/// The point of the least threshold whose false positive rate is at most this: FNMR at an FMR, or
/// FNIR at an FPIR. Errors: invalid_argument (a rate not in [0, 1], no curve).
inline ErrorRates at_false_positive(std::span<const ErrorRates> curve, double at_most) {
  if (!detail::is_number(at_most) || at_most < 0.0 || at_most > 1.0) {
    throw Error(Errc::invalid_argument,
                "a rate of " + std::to_string(at_most) + " is not from 0 to 1");
  }
  const auto point = std::find_if(curve.begin(), curve.end(), [&](const ErrorRates& rates) {
    return rates.false_positive <= at_most;
  });
  if (point == curve.end()) {
    throw Error(Errc::invalid_argument, "a curve that det_curve made is needed");
  }
  return *point;
}

/// Verification by folds (LFW, View 2): of each fold, how many pairs are told rightly by the
/// threshold that tells most of the other folds rightly.
struct FoldAccuracy {
  double mean;
  double standard_error;          // of the mean, over folds
  std::vector<double> accuracy;   // of each fold
  std::vector<Score> thresholds;  // that it was told by; of equals the least
};

namespace detail {

/// The least threshold that tells most pairs outside of a fold rightly.
inline Score best_threshold(std::span<const float> scores, const std::vector<bool>& is_mated,
                            std::span<const std::uint32_t> folds, std::uint32_t left_out) {
  std::vector<float> mated;
  std::vector<float> non_mated;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (folds[i] != left_out) (is_mated[i] ? mated : non_mated).push_back(scores[i]);
  }
  const auto curve = det_curve(mated, non_mated);
  const double num_mated = static_cast<double>(mated.size());
  const double num_non_mated = static_cast<double>(non_mated.size());
  const auto num_errors = [&](const ErrorRates& rates) {
    return std::round(rates.false_positive * num_non_mated) +
           std::round(rates.false_negative * num_mated);
  };
  return std::min_element(curve.begin(), curve.end(),
                          [&](const ErrorRates& a, const ErrorRates& b) {
                            return num_errors(a) < num_errors(b);
                          })
      ->threshold;
}

}  // namespace detail

/// Shape:  scores, is_mated and folds [n]; folds are 0, 1, 2, …, none is empty, two at least.
/// Errors: invalid_argument.
inline FoldAccuracy fold_accuracy(std::span<const float> scores, const std::vector<bool>& is_mated,
                                  std::span<const std::uint32_t> folds) {
  if (scores.size() != is_mated.size() || scores.size() != folds.size() || scores.empty()) {
    throw Error(Errc::invalid_argument, std::to_string(scores.size()) + " scores came with " +
                                            std::to_string(is_mated.size()) + " labels and " +
                                            std::to_string(folds.size()) + " folds");
  }
  const std::uint32_t num_folds = 1 + *std::max_element(folds.begin(), folds.end());
  if (num_folds < 2 || num_folds > scores.size()) {
    throw Error(Errc::invalid_argument, "folds are numbered from 0, two at least, none is empty");
  }
  FoldAccuracy result{0.0, 0.0, {}, {}};
  for (std::uint32_t fold = 0; fold < num_folds; ++fold) {
    const Score threshold = detail::best_threshold(scores, is_mated, folds, fold);
    std::size_t num_pairs = 0;
    std::size_t num_right = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (folds[i] != fold) continue;
      ++num_pairs;
      if (detail::reaches({scores[i]}, threshold) == is_mated[i]) ++num_right;
    }
    if (num_pairs == 0) {
      throw Error(Errc::invalid_argument, "fold " + std::to_string(fold) + " is empty");
    }
    result.thresholds.push_back(threshold);
    result.accuracy.push_back(static_cast<double>(num_right) / static_cast<double>(num_pairs));
  }
  const double n = num_folds;
  result.mean = std::accumulate(result.accuracy.begin(), result.accuracy.end(), 0.0) / n;
  double squares = 0.0;
  for (const double accuracy : result.accuracy) {
    squares += (accuracy - result.mean) * (accuracy - result.mean);
  }
  result.standard_error = std::sqrt(squares / (n - 1.0) / n);
  return result;
}

}  // namespace morgiana
