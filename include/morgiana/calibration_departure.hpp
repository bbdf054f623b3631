#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Where two calibrations of one model contradict each other: FMR of one probe is half as large
/// again in one of them or more, both support the threshold, and not even intervals of 99.9 % have
/// anything in common.
struct CalibrationDeparture {
  Score threshold;
  ObservedRate here;
  ObservedRate there;
};

namespace detail {

/// Of one probe and this many references; none where a calibration has no such curve.
inline const CalibrationCurve* curve_of_one_probe(const Calibration& calibration,
                                                  std::uint32_t num_references) noexcept {
  const auto& curves = calibration.curves();
  const auto found = std::find_if(curves.begin(), curves.end(), [&](const CalibrationCurve& curve) {
    return curve.references_per_subject == num_references && curve.num_probes == 1;
  });
  return found == curves.end() ? nullptr : &*found;
}

/// Of one probe and the fewest references that both have a curve of; null where there is none.
inline std::pair<const CalibrationCurve*, const CalibrationCurve*> common_curves(
    const Calibration& here, const Calibration& there) noexcept {
  std::pair<const CalibrationCurve*, const CalibrationCurve*> common = {nullptr, nullptr};
  for (const CalibrationCurve& curve : here.curves()) {
    if (curve.num_probes != 1) continue;
    const CalibrationCurve* const other = curve_of_one_probe(there, curve.references_per_subject);
    const bool is_less = common.first == nullptr ||
                         curve.references_per_subject < common.first->references_per_subject;
    if (other != nullptr && is_less) common = {&curve, other};
  }
  return common;
}

/// Thresholds are many, and each may be held against one that is known well.
inline Interval wide_interval(const ObservedRate& rate) {
  return clopper_pearson(rate.value * rate.effective_trials, rate.effective_trials, 0.999);
}

}  // namespace detail

/// At the thresholds that both support, ascending, by the fewest references a subject that both
/// have figures for. Two that are of the same people's faces contradict each other anywhere in one
/// case of a hundred at most (docs/calibration.md). Errors: model_mismatch; invalid_argument where
/// they have nothing in common.
inline std::vector<CalibrationDeparture> departures(const Calibration& here,
                                                    const Calibration& there) {
  if (here.model() != there.model()) {
    throw Error(Errc::model_mismatch, "a calibration of " + here.model().name +
                                          " is held against one of " + there.model().name);
  }
  std::vector<CalibrationDeparture> found;
  const auto [ours, theirs] = detail::common_curves(here, there);
  const auto nothing_in_common = [](const char* what) {
    return Error(Errc::invalid_argument, std::string("two calibrations have no ") + what +
                                             " in common, and nothing can be held against them");
  };
  if (ours == nullptr) throw nothing_in_common("number of references a subject");
  bool is_held = false;
  auto other = theirs->points.begin();
  for (const CalibrationPoint& point : ours->points) {
    constexpr float kSame = 1e-4F;        // of steps that are 0.005 apart
    constexpr double kLeastFactor = 1.5;  // less moves a threshold by 0.02 at most
    const auto is_lower = [&](const CalibrationPoint& p) {
      return p.threshold.cosine < point.threshold.cosine - kSame;
    };
    other = std::find_if_not(other, theirs->points.end(), is_lower);
    if (other == theirs->points.end()) break;
    if (other->threshold.cosine > point.threshold.cosine + kSame || !is_supported(point) ||
        !is_supported(*other)) {
      continue;
    }
    is_held = true;
    const Interval a = detail::wide_interval(point.fmr);
    const Interval b = detail::wide_interval(other->fmr);
    const double larger = std::max(point.fmr.value, other->fmr.value);
    const double smaller = std::min(point.fmr.value, other->fmr.value);
    const bool is_apart = a.low > b.high || b.low > a.high;
    if (is_apart && larger >= kLeastFactor * smaller)
      found.push_back({point.threshold, point.fmr, other->fmr});
  }
  if (!is_held) throw nothing_in_common("threshold that both support");
  return found;
}

}  // namespace morgiana
