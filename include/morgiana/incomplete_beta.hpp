#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace morgiana::detail {

/// What Stirling's formula leaves of ln Γ(x), for x ≥ 10, to 1e-16 (DLMF 5.11.1).
inline double stirling_rest(double x) noexcept {
  const double y = 1.0 / (x * x);
  return (1.0 / 12 + y * (-1.0 / 360 + y * (1.0 / 1260 + y * (-1.0 / 1680 + y * (1.0 / 1188))))) /
         x;
}

/// ln Γ(b) − ln Γ(a + b) for b ≥ 10, without the difference of two large numbers.
inline double log_gamma_fall(double a, double b) noexcept {
  return -(b - 0.5) * std::log1p(a / b) - a * (std::log(a + b) - 1.0) + stirling_rest(b) -
         stirling_rest(a + b);
}

/// ln Γ for x > 0: by Stirling's formula, where need be from further up.
inline double log_gamma(double x) noexcept {
  double product = 1.0;
  while (x < 10.0) product *= x++;
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  return (x - 0.5) * std::log(x) - x + kHalfLogTwoPi + stirling_rest(x) - std::log(product);
}

/// ln B(a, b).
inline double log_beta(double a, double b) noexcept {
  if (a > b) std::swap(a, b);
  return b < 10.0 ? log_gamma(a) + log_gamma(b) - log_gamma(a + b)
                  : log_gamma(a) + log_gamma_fall(a, b);
}

/// x^a y^b / B(a, b), with y = 1 − x given beside it, so that the smaller one has all its digits.
/// Large arguments are held against their mean, as the powers alone cancel.
inline double beta_power(double a, double b, double x, double y) noexcept {
  if (a < 10.0 || b < 10.0) {
    const double log_x = x < y ? std::log(x) : std::log1p(-y);
    const double log_y = x < y ? std::log1p(-x) : std::log(y);
    return std::exp(a * log_x + b * log_y - log_beta(a, b));
  }
  const double mean = a / (a + b);
  const double past = x < y ? x - mean : b / (a + b) - y;
  const double exponent = a * std::log1p(past / mean) + b * std::log1p(-past * (a + b) / b);
  const double rest = stirling_rest(a) + stirling_rest(b) - stirling_rest(a + b);
  return std::sqrt(a * (b / (a + b)) / (2.0 * std::numbers::pi)) * std::exp(exponent - rest);
}

/// I_x(a, b) for x up to a half: a series of positive terms (DLMF 8.17.8), which loses no digits;
/// some bx + 8 sqrt(a) of them.
inline double beta_series(double a, double b, double x, double y) noexcept {
  double term = 1.0;
  double sum = 1.0;
  for (double k = 0.0; term > 1e-17 * sum; k += 1.0) {
    term *= (a + b + k) / (a + 1.0 + k) * x;
    sum += term;
  }
  return beta_power(a, b, x, y) / a * sum;
}

/// I_x(a, b), the regularised incomplete beta function: the chance that a Beta(a, b) is at most x;
/// y = 1 − x. a, b > 0. Error: 1e-15 of 1.
inline double incomplete_beta(double a, double b, double x, double y) noexcept {
  if (x <= 0.0) return 0.0;
  if (y <= 0.0) return 1.0;
  return x <= y ? beta_series(a, b, x, y) : 1.0 - beta_series(b, a, y, x);
}

/// The x that a Beta(a, b) lies below, or above, with a chance of `tail`, at most a half: by
/// Newton's method inside a bracket. A small x keeps all its digits on either side.
inline double beta_quantile(double a, double b, double tail, bool is_upper) noexcept {
  double low = 0.0;
  double high = 1.0;
  double x = a / (a + b);
  for (int i = 0; i < 400 && high - low > 1e-16 * high; ++i) {
    const double y = 1.0 - x;
    const double chance = is_upper ? incomplete_beta(b, a, y, x) : incomplete_beta(a, b, x, y);
    const double excess = is_upper ? tail - chance : chance - tail;
    if (excess == 0.0) break;
    (excess > 0.0 ? high : low) = x;
    const double before = x;
    x -= excess * (x * y) / beta_power(a, b, x, y);
    if (!(x > low && x < high)) {  // a slope of 0 leads nowhere
      x = low > 0.0 ? std::sqrt(low * high) : high / 16.0;
    } else if (std::abs(x - before) <= 1e-15 * x) {
      break;
    }
  }
  return x;
}

}  // namespace morgiana::detail
