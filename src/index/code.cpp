#include "index/code.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace morgiana::index {
namespace {

/// Half the distance of two levels, in units of the root mean square: the mean-square optimum of
/// sixteen uniform levels for a Gaussian (Max 1960: step 0.3352).
constexpr double kHalfStep = 0.3352 / 2;

float round_down(double value) {
  const float nearest = static_cast<float>(value);
  return nearest > value ? std::nextafter(nearest, -std::numeric_limits<float>::infinity())
                         : nearest;
}

float round_up(double value) {
  return -round_down(-value);
}

/// ‖y - αc‖, summed directly: from 1 - cos² the sine of a small angle would be lost.
double residual(std::span<const float> y, std::span<const std::uint8_t> codes, double alpha) {
  double energy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double rest = y[i] - alpha * (2 * codes[i] - 15);
    energy += rest * rest;
  }
  return std::sqrt(energy);
}

}  // namespace

CodeBound encode(std::span<const float> y, std::span<std::uint8_t> codes) {
  double energy = 0;
  for (const float value : y) energy += double{value} * value;
  const double half_step = kHalfStep * std::sqrt(energy / static_cast<double>(y.size()));
  const float levels_per_unit = static_cast<float>(0.5 / half_step);

  double product = 0;  // ⟨y, c⟩
  std::int64_t code_energy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float level = std::clamp(y[i] * levels_per_unit + 8.0F, 0.0F, 15.0F);
    const int code = static_cast<int>(level);
    const int odd = 2 * code - 15;
    codes[i] = static_cast<std::uint8_t>(code);
    product += double{y[i]} * odd;
    code_energy += odd * odd;
  }
  const double norm = std::sqrt(static_cast<double>(code_energy));
  const double length = std::sqrt(energy);
  const double along = product / (length * norm);
  const double across = residual(y, codes, product / static_cast<double>(code_energy)) / length;
  // Both are off by less than 1e-12 in double; the widening is a thousand times that, and a
  // hundredth of the float rounding that follows.
  constexpr double kWiden = 1e-9;
  return {round_down(norm * (along - kWiden)), round_up(norm * (across + kWiden))};
}

}  // namespace morgiana::index
