#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"

namespace morgiana::test {

/// Rates that fall by a fourth from threshold to threshold, of a thousand people.
inline CalibrationCurve falling_curve(std::uint32_t references = 1, std::uint32_t probes = 1) {
  CalibrationCurve curve{references, probes, 1000, 999.0, {}};
  double fmr = 4e-3 * references * probes;
  for (int i = 0; i < 8; ++i, fmr /= 4.0) {
    // people differ: FPIR is below 1 - (1 - FMR)^n
    const double fpir = detail::beta_binomial_fpir(999.0, fmr, 0.8);
    const auto num_pairs = static_cast<std::uint64_t>(std::ceil(fmr * 499500.0));
    curve.points.push_back({{static_cast<float>(0.30 + 0.05 * i)},
                            num_pairs,
                            detail::rate_of(fmr, 499500.0),
                            detail::rate_of(fpir, 700.0),
                            detail::rate_of(0.01 + 0.02 * i, 400.0)});
  }
  return curve;
}

inline CalibrationEvidence some_evidence() {
  return {"made up", "00ff", "2026-11-27", 1000, 2500, 0};
}

inline Calibration falling() {
  return {{"net", 128}, some_evidence(), {falling_curve(), falling_curve(2), falling_curve(1, 2)}};
}

}  // namespace morgiana::test
