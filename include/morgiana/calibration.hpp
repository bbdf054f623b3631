#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "morgiana/beta_binomial.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Whom a stranger is compared with in one transaction: what decides, with the threshold, how
/// often a stranger is taken for somebody.
struct Population {
  std::uint64_t num_subjects;
  std::uint64_t num_references;  // of all subjects together
  std::uint32_t num_probes = 1;  // of one transaction: frames times tries
};

/// How far the evidence reaches.
enum class Support {
  observed,     // no more people than were observed
  modelled,     // up to ten times as large: by the spread of strangers; the interval is wide
  unsupported,  // no number is given
};

constexpr std::string_view name(Support support) noexcept {
  switch (support) {
    case Support::observed: return "observed";
    case Support::modelled: return "modelled";
    case Support::unsupported: return "unsupported";
  }
  return "unnamed";
}

/// An error rate as it was observed, its 95 % interval, and how many independent trials would say
/// as much: comparisons that share people say less than their number.
struct ObservedRate {
  double value;
  Interval bounds;
  double effective_trials;
};

/// What was observed at one threshold.
struct CalibrationPoint {
  Score threshold;
  std::uint64_t num_identity_pairs;  // that reached it, each counted once
  ObservedRate fmr;                  // of one subject, with all its references and all probes
  ObservedRate fpir;                 // of the whole gallery that was observed
  std::optional<ObservedRate> fnmr;  // of one probe; none where nobody has enough images
};

/// Everything observed of subjects with so many references and transactions of so many probes.
struct CalibrationCurve {
  std::uint32_t references_per_subject;
  std::uint32_t num_probes;
  std::uint64_t num_probe_identities;
  double num_subjects;                   // that a probe was compared with: FPIR is of so many
  std::vector<CalibrationPoint> points;  // thresholds ascending
};

/// What a calibration was made of. Texts say what no number does.
struct CalibrationEvidence {
  std::string data;         // which, and how it was taken
  std::string data_digest;  // SHA-256 in hex
  std::string date;         // ISO 8601
  std::uint64_t num_identities;
  std::uint64_t num_images;
  std::uint64_t num_excluded_pairs;  // of identities, adjudicated as labelled wrongly
  friend bool operator==(const CalibrationEvidence&, const CalibrationEvidence&) = default;
};

/// How often a stranger's transaction ends with a candidate: FPIR (ISO/IEC 19795-1). Where it is
/// unsupported, `why` says what the evidence ends at, and there is no number.
struct PredictedRisk {
  Support support;
  double fpir = 1.0;
  Interval bounds = {0.0, 1.0};
  std::string why = {};
};

/// A threshold that keeps a risk, by the upper end of its interval.
struct ResolvedRisk {
  Threshold accept;  // unset, so that nothing reaches it, where the risk is unsupported
  PredictedRisk predicted;
  /// The least risk that the evidence supports for this population; none where it supports none.
  std::optional<double> least_supported;
};

namespace detail {

/// With the interval that so many independent trials give.
inline ObservedRate rate_of(double value, double effective_trials) {
  return {value, clopper_pearson(value * effective_trials, effective_trials), effective_trials};
}

/// 1 to 4096 bytes without control characters: what a calibration's file holds.
inline bool is_line(std::string_view text) noexcept {
  constexpr std::size_t kMostBytes = 4096;
  return !text.empty() && text.size() <= kMostBytes &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// A gallery holds nobody less often than one subject is nobody, and no more often than all chances
/// add up to; to what rounding leaves.
inline bool is_consistent(const CalibrationCurve& curve, const CalibrationPoint& point) noexcept {
  constexpr double kRounded = 1.0 + 1e-9;
  return point.fmr.value <= point.fpir.value * kRounded &&
         point.fpir.value <= curve.num_subjects * point.fmr.value * kRounded &&
         (point.num_identity_pairs > 0 || point.fmr.value == 0.0);
}

inline bool is_rate(const ObservedRate& rate) noexcept {
  return is_number(rate.value) && is_number(rate.bounds.low) && is_number(rate.bounds.high) &&
         is_number(rate.effective_trials) && 0.0 <= rate.bounds.low &&
         rate.bounds.low <= rate.value && rate.value <= rate.bounds.high &&
         rate.bounds.high <= 1.0 && rate.effective_trials > 0.0;
}

inline bool is_below(const CalibrationPoint& lower, const CalibrationPoint& higher) noexcept {
  return lower.threshold < higher.threshold && lower.fmr.value >= higher.fmr.value &&
         lower.fpir.value >= higher.fpir.value;
}

/// What is wrong with a curve; null where nothing is.
inline const char* fault_of(const CalibrationCurve& curve) noexcept {
  if (curve.references_per_subject == 0 || curve.num_probes == 0 || curve.points.empty() ||
      !is_number(curve.num_subjects) || curve.num_subjects < 1.0 || curve.num_subjects > 1e9) {
    return "holds nothing";
  }
  const CalibrationPoint* before = nullptr;
  for (const CalibrationPoint& point : curve.points) {
    if (!is_number(point.threshold.cosine) || !is_rate(point.fmr) || !is_rate(point.fpir) ||
        (point.fnmr && !is_rate(*point.fnmr))) {
      return "holds what is no rate";
    }
    if (!is_consistent(curve, point)) return "holds an FPIR that its FMR contradicts";
    if (before != nullptr && !is_below(*before, point)) {
      return "does not ascend by threshold and fall by rate";
    }
    before = &point;
  }
  return nullptr;
}

}  // namespace detail

/// What scores of one model stand for: error rates by threshold, with the evidence they rest on.
/// Identities weigh the same, however many images they have; strangers differ, so that FPIR is not
/// 1 − (1 − FMR)^n (docs/calibration.md). Immutable; safe from many threads.
class Calibration {
 public:
  /// Rule of 30: a threshold is supported where at least so many independent identity pairs are
  /// known to reach it; with fewer the interval of the rate is wider than ±30 % (Doddington 1998).
  static constexpr double kLeastErrors = 30.0;
  /// A gallery may be so many times as large as the one that was observed.
  static constexpr double kMostGrowth = 10.0;

  /// Errors: invalid_argument (texts that are no lines, no curve, two of a kind, thresholds that do
  /// not ascend, rates that are none, rise with the threshold or contradict each other).
  Calibration(ModelId model, CalibrationEvidence evidence, std::vector<CalibrationCurve> curves);

  const ModelId& model() const noexcept { return model_; }
  const CalibrationEvidence& evidence() const noexcept { return evidence_; }
  const std::vector<CalibrationCurve>& curves() const noexcept { return curves_; }

  /// FPIR of one threshold, which counts as the next lower one that was observed.
  /// Errors: invalid_argument (nobody, fewer references than subjects, no probe, no score).
  PredictedRisk risk(Score threshold, const Population& population) const;

  /// The least threshold that was observed whose FPIR stays below this, by the upper end of its
  /// interval. Errors: as risk; invalid_argument (a rate that is not in (0, 1)).
  ResolvedRisk threshold_for(Fpir at_most, const Population& population) const;

  /// The same of comparisons with one claimed subject, who has so many references.
  ResolvedRisk threshold_for(Fmr at_most, std::uint32_t num_references,
                             std::uint32_t num_probes = 1) const;

 private:
  using Point = CalibrationPoint;
  using Curve = CalibrationCurve;

  static void check(const Population& population);
  /// The curve of as many references a subject, rounded up, and probes; none: why not is said.
  const Curve* curve_of(const Population& population, std::string& why) const;
  PredictedRisk at(const Curve& curve, const Point& point, std::uint64_t num_subjects) const;

  ModelId model_;
  CalibrationEvidence evidence_;
  std::vector<Curve> curves_;
};

inline bool is_supported(const CalibrationPoint& point) noexcept {
  return point.fmr.value * point.fmr.effective_trials >= Calibration::kLeastErrors;
}

inline Calibration::Calibration(ModelId model, CalibrationEvidence evidence,
                                std::vector<Curve> curves)
    : model_(std::move(model)), evidence_(std::move(evidence)), curves_(std::move(curves)) {
  const auto refuse = [](const std::string& why) {
    throw Error(Errc::invalid_argument, "the calibration " + why);
  };
  if (!detail::is_line(model_.name)) refuse("names no model");
  if (!detail::is_line(evidence_.data) || !detail::is_line(evidence_.data_digest) ||
      !detail::is_line(evidence_.date)) {
    refuse("does not say in a line each which data it is of, their digest and its date");
  }
  if (curves_.empty()) refuse("holds no curve");
  for (const Curve& curve : curves_) {
    const std::string which = "of " + std::to_string(curve.references_per_subject) +
                              " references and " + std::to_string(curve.num_probes) + " probes ";
    const auto is_of_that_kind = [&](const Curve& other) {
      return other.references_per_subject == curve.references_per_subject &&
             other.num_probes == curve.num_probes;
    };
    if (std::count_if(curves_.begin(), curves_.end(), is_of_that_kind) != 1) {
      refuse(which + "is there twice");
    }
    if (const char* const fault = detail::fault_of(curve)) refuse(which + fault);
  }
}

inline void Calibration::check(const Population& population) {
  if (population.num_subjects == 0 || population.num_references < population.num_subjects ||
      population.num_probes == 0) {
    throw Error(Errc::invalid_argument,
                std::to_string(population.num_subjects) + " subjects with " +
                    std::to_string(population.num_references) + " references and transactions of " +
                    std::to_string(population.num_probes) +
                    " probes have no risk: each needs one, and a subject a reference");
  }
}

inline const CalibrationCurve* Calibration::curve_of(const Population& population,
                                                     std::string& why) const {
  const std::uint64_t references =
      population.num_references / population.num_subjects +
      (population.num_references % population.num_subjects == 0 ? 0U : 1U);
  const Curve* best = nullptr;
  std::uint32_t most_references = 0;
  std::uint32_t most_probes = 0;
  for (const Curve& curve : curves_) {
    most_references = std::max(most_references, curve.references_per_subject);
    most_probes = std::max(most_probes, curve.num_probes);
    if (curve.references_per_subject < references || curve.num_probes < population.num_probes) {
      continue;
    }
    const auto size = [](const Curve& c) {
      return std::pair(c.references_per_subject, c.num_probes);
    };
    if (best == nullptr || size(curve) < size(*best)) best = &curve;
  }
  if (best == nullptr) {
    why = "the evidence is of up to " + std::to_string(most_references) +
          " references a subject and " + std::to_string(most_probes) +
          " probes a transaction, not of " + std::to_string(references) + " and " +
          std::to_string(population.num_probes);
  }
  return best;
}

inline PredictedRisk Calibration::at(const Curve& curve, const Point& point,
                                     std::uint64_t num_subjects) const {
  const double n = static_cast<double>(num_subjects);
  const double observed = curve.num_subjects;
  if (n > kMostGrowth * observed) {
    return {.support = Support::unsupported,
            .why = std::to_string(num_subjects) + " subjects are more than ten times the " +
                   std::to_string(static_cast<std::uint64_t>(observed)) + " that were observed"};
  }
  if (!is_supported(point)) {
    return {.support = Support::unsupported,
            .why = "fewer than 30 independent pairs of people are known to reach so high a score"};
  }
  if (num_subjects == 1) return {Support::observed, point.fmr.value, point.fmr.bounds, {}};
  const double spread = detail::fitted_spread(observed, point.fmr.value, point.fpir.value);
  // No more than the chances of all subjects together, however they are spread.
  const auto grown = [&](double fpir, double fmr) {
    const double mean = detail::fitted_mean(observed, spread, fpir);
    return std::min(detail::beta_binomial_fpir(n, mean, spread), n * fmr);
  };
  const ObservedRate& fpir = point.fpir;
  const double value = grown(fpir.value, point.fmr.value);
  const double most = std::min(1.0, n * point.fmr.bounds.high);
  // Each of so many people met all others, and a stranger meets one more.
  if (n <= observed + 1.0) {
    return {.support = Support::observed,
            .fpir = value,
            .bounds = {std::min(value, grown(fpir.bounds.low, point.fmr.value)),
                       std::max(value, std::min(most, grown(fpir.bounds.high, 1.0)))}};
  }
  // How far strangers differ is known less well than FPIR: what holds in any case bounds it.
  return {.support = Support::modelled,
          .fpir = value,
          .bounds = {std::min(value, fpir.bounds.low), std::max(value, most)}};
}

inline PredictedRisk Calibration::risk(Score threshold, const Population& population) const {
  check(population);
  if (!detail::is_number(threshold.cosine)) {
    throw Error(Errc::invalid_argument, "the threshold is no number");
  }
  std::string why;
  const Curve* curve = curve_of(population, why);
  if (curve == nullptr) return {.support = Support::unsupported, .why = why};
  const auto next =
      std::upper_bound(curve->points.begin(), curve->points.end(), threshold,
                       [](Score value, const Point& point) { return value < point.threshold; });
  if (next == curve->points.begin()) {
    return {.support = Support::unsupported,
            .why = "the evidence begins at a score of " +
                   std::to_string(curve->points.front().threshold.cosine)};
  }
  return at(*curve, *(next - 1), population.num_subjects);
}

inline ResolvedRisk Calibration::threshold_for(Fpir at_most, const Population& population) const {
  check(population);
  if (!detail::is_valid(at_most)) {
    throw Error(Errc::invalid_argument,
                "a risk of " + std::to_string(at_most.rate) + " is not between 0 and 1");
  }
  std::string why;
  const Curve* curve = curve_of(population, why);
  ResolvedRisk resolved{{}, {.support = Support::unsupported, .why = why}, std::nullopt};
  if (curve == nullptr) return resolved;
  bool is_resolved = false;
  for (const Point& point : curve->points) {
    PredictedRisk predicted = at(*curve, point, population.num_subjects);
    if (predicted.support == Support::unsupported) {
      if (!is_resolved) resolved.predicted.why = predicted.why;
      break;
    }
    const double reached = predicted.bounds.high;
    resolved.least_supported = std::min(resolved.least_supported.value_or(1.0), reached);
    if (!is_resolved && reached <= at_most.rate) {
      is_resolved = true;
      resolved.accept = {point.threshold, Fmr{point.fmr.bounds.high}};
      resolved.predicted = std::move(predicted);
    }
  }
  return resolved;
}

inline ResolvedRisk Calibration::threshold_for(Fmr at_most, std::uint32_t num_references,
                                               std::uint32_t num_probes) const {
  return threshold_for(Fpir{at_most.rate}, {1, num_references, num_probes});
}

}  // namespace morgiana
