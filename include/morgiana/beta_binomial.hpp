#pragma once

#include <cmath>

#include "morgiana/incomplete_beta.hpp"

namespace morgiana::detail {

inline constexpr double kAlike = 1e5;  // a spread from which on people are taken as all alike

/// How often n subjects hold somebody whom a stranger is taken for, where strangers differ: their
/// own rates are Beta(spread, ·) with this mean. The narrower the spread of people, the larger it
/// is.
inline double beta_binomial_fpir(double n, double mean, double spread) noexcept {
  if (mean <= 0.0 || n <= 0.0) return 0.0;
  if (mean >= 1.0) return 1.0;
  if (spread >= kAlike) return -std::expm1(n * std::log1p(-mean));
  const double b = spread * (1.0 - mean) / mean;
  const auto fall = [&](double at) {
    return at < 10.0 ? log_gamma(at) - log_gamma(at + spread) : log_gamma_fall(spread, at);
  };
  return -std::expm1(fall(b + n) - fall(b));
}

/// The spread with which the model meets the FPIR that was observed for n subjects.
inline double fitted_spread(double n, double mean, double fpir) noexcept {
  if (beta_binomial_fpir(n, mean, kAlike) <= fpir) return kAlike;
  double low = std::log(1e-6);
  double high = std::log(kAlike);
  for (int i = 0; i < 200 && high - low > 1e-13; ++i) {
    const double middle = 0.5 * (low + high);
    (beta_binomial_fpir(n, mean, std::exp(middle)) < fpir ? low : high) = middle;
  }
  return std::exp(0.5 * (low + high));
}

/// The mean with which the model meets an FPIR for n subjects.
inline double fitted_mean(double n, double spread, double fpir) noexcept {
  if (fpir <= 0.0) return 0.0;
  double low = std::log(1e-18);
  double high = 0.0;
  for (int i = 0; i < 200 && high - low > 1e-13; ++i) {
    const double middle = 0.5 * (low + high);
    (beta_binomial_fpir(n, std::exp(middle), spread) < fpir ? low : high) = middle;
  }
  return std::exp(0.5 * (low + high));
}

}  // namespace morgiana::detail
