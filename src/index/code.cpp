#include "index/code.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "morgiana/types.hpp"

namespace morgiana::index {
namespace {

/// Half the distance of two levels, in units of the root mean square. The mean-square optimum of
/// sixteen uniform levels for a Gaussian is 0.3352 / 2 (Max 1960); this loses nothing at four bits
/// and leaves 3 % less at two (docs/numerics.md#codes).
constexpr double kHalfStep = 0.32 / 2;

float round_down(double value) {
  const float nearest = static_cast<float>(value);
  return nearest > value ? std::nextafter(nearest, -std::numeric_limits<float>::infinity())
                         : nearest;
}

float round_up(double value) {
  return -round_down(-value);
}

/// Levels of all dimensions, as numbers that the processor takes several of at once.
using Levels = std::array<std::int32_t, kMaxDim>;

/// The code whose cell holds `value`, in units of half a step.
std::int32_t cell(float value) {
  const float at = 0.5F * value + 8.0F;
  const float least = at > 0.0F ? at : 0.0F;
  return static_cast<std::int32_t>(least < 15.0F ? least : 15.0F);
}

/// Sums of `term(i)`, in lanes that the processor adds up side by side.
template <class Term>
double sum(std::size_t size, Term term) {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
  }
  double total = 0;
  for (; i < size; ++i) total += term(i);
  for (const double lane : lanes) total += lane;
  return total;
}

/// The bound of y coded as `level(i)`.
template <class Level>
CodeBound bound_of(std::span<const float> y, double energy, Level level) {
  std::array<float, kMaxDim> c;
  std::int32_t squares = 0;  // at most 75² · 4096
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::int32_t number = level(i);
    c[i] = static_cast<float>(number);
    squares += number * number;
  }
  const double product = sum(y.size(), [&](std::size_t i) { return double{y[i]} * c[i]; });
  const double code_energy = static_cast<double>(squares);
  const double alpha = product / code_energy;
  // 1 - cos², which is off by less than 2e-13, loses the sine of a small angle: then the residual
  // is summed.
  constexpr double kSmall = 1e-5;
  double rest = energy - alpha * product;
  if (rest < kSmall * energy) {
    rest = sum(y.size(), [&](std::size_t i) {
      const double error = y[i] - alpha * c[i];
      return error * error;
    });
  }
  const double length = std::sqrt(energy);
  const double norm = std::sqrt(code_energy);
  // Both are off by less than 1e-10 in double; the widening is ten times that, and a hundredth of
  // the float rounding that follows.
  constexpr double kWiden = 1e-9;
  return {round_down(norm * (product / (length * norm) - kWiden)),
          round_up(norm * (std::sqrt(rest) / length + kWiden))};
}

}  // namespace

void encode(std::span<const float> y, Code& code) {
  const double energy = sum(y.size(), [&](std::size_t i) { return double{y[i]} * y[i]; });
  const double half_step = kHalfStep * std::sqrt(energy / static_cast<double>(y.size()));
  const float half_steps_per_unit = static_cast<float>(1 / half_step);
  Levels levels;
  Levels residual;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float half_steps = y[i] * half_steps_per_unit;
    levels[i] = cell(half_steps);
    residual[i] = cell(4 * (half_steps - static_cast<float>(2 * levels[i] - 15)));
  }
  const auto as_byte = [](std::int32_t level) { return static_cast<std::uint8_t>(level); };
  std::transform(levels.begin(), levels.begin() + y.size(), code.levels.begin(), as_byte);
  std::transform(residual.begin(), residual.begin() + y.size(), code.residual.begin(), as_byte);
  const std::size_t num_signs = kernels::num_sign_dims(y.size());
  const auto sign = [&](std::size_t i) { return i < num_signs ? 2 * (levels[i] >> 3) - 1 : 0; };
  const auto high = [&](std::size_t i) { return 2 * (levels[i] >> 2) - 3; };
  const auto both = [&](std::size_t i) { return 2 * levels[i] - 15; };
  const auto all = [&](std::size_t i) { return 4 * both(i) + 2 * residual[i] - 15; };
  code.bounds = {bound_of(y, energy, sign), bound_of(y, energy, high), bound_of(y, energy, both),
                 bound_of(y, energy, all)};
}

}  // namespace morgiana::index
