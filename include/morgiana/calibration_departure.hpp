#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/error.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Where two calibrations of one model contradict each other: FMR of one reference and one probe is
/// half as large again in one of them or more, and their intervals have nothing in common.
struct CalibrationDeparture {
  Score threshold;
  ObservedRate here;
  ObservedRate there;
};

namespace detail {

/// Of one reference and one probe; none where a calibration has no such curve.
inline const CalibrationCurve* plain_curve(const Calibration& calibration) noexcept {
  const auto& curves = calibration.curves();
  const auto found = std::find_if(curves.begin(), curves.end(), [](const CalibrationCurve& curve) {
    return curve.references_per_subject == 1 && curve.num_probes == 1;
  });
  return found == curves.end() ? nullptr : &*found;
}

}  // namespace detail

/// At the thresholds of both that the second one supports, ascending. Two that are of the same
/// people's faces contradict each other at a threshold in one case of two hundred at most.
/// Errors: model_mismatch.
inline std::vector<CalibrationDeparture> departures(const Calibration& here,
                                                    const Calibration& there) {
  if (here.model() != there.model()) {
    throw Error(Errc::model_mismatch, "a calibration of " + here.model().name +
                                          " is held against one of " + there.model().name);
  }
  std::vector<CalibrationDeparture> found;
  const CalibrationCurve* const ours = detail::plain_curve(here);
  const CalibrationCurve* const theirs = detail::plain_curve(there);
  if (ours == nullptr || theirs == nullptr) return found;
  auto other = theirs->points.begin();
  for (const CalibrationPoint& point : ours->points) {
    constexpr float kSame = 1e-4F;        // of steps that are 0.005 apart
    constexpr double kLeastFactor = 1.5;  // less moves a threshold by 0.02 at most
    const auto is_lower = [&](const CalibrationPoint& p) {
      return p.threshold.cosine < point.threshold.cosine - kSame;
    };
    other = std::find_if_not(other, theirs->points.end(), is_lower);
    if (other == theirs->points.end()) break;
    if (other->threshold.cosine > point.threshold.cosine + kSame || !is_supported(*other)) continue;
    const Interval& a = point.fmr.bounds;
    const Interval& b = other->fmr.bounds;
    const double larger = std::max(point.fmr.value, other->fmr.value);
    const double smaller = std::min(point.fmr.value, other->fmr.value);
    const bool is_apart = a.low > b.high || b.low > a.high;
    if (is_apart && larger >= kLeastFactor * smaller)
      found.push_back({point.threshold, point.fmr, other->fmr});
  }
  return found;
}

}  // namespace morgiana
