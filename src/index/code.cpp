#include "index/code.hpp"

#include <cmath>
#include <limits>

#include "kernels/dispatch.hpp"

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

/// The level of dimension i at a depth.
double level_of(const Code& code, std::size_t depth, std::size_t i) {
  const int k = code.levels[i];
  switch (depth) {
    case kernels::kSigns:
      return i < kernels::num_sign_dims(code.levels.size()) ? 2 * (k >> 3) - 1 : 0;
    case kernels::kHighPlane: return 2 * (k >> 2) - 3;
    case kernels::kBothPlanes: return 2 * k - 15;
    default: return 4 * (2 * k - 15) + 2 * code.residual[i] - 15;
  }
}

/// ‖y - alpha·c‖²
double residual_energy(std::span<const float> y, const Code& code, std::size_t depth,
                       double alpha) {
  double rest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double error = y[i] - alpha * level_of(code, depth, i);
    rest += error * error;
  }
  return rest;
}

/// The bound of y at a depth.
CodeBound bound_of(std::span<const float> y, double energy, const kernels::LevelSums& sums,
                   const Code& code, std::size_t depth) {
  const double product = sums.products[depth];
  const auto code_energy = static_cast<double>(sums.squares[depth]);
  const double alpha = product / code_energy;
  // 1 - cos², which is off by less than 2e-13, loses the sine of a small angle: then the residual
  // is summed.
  constexpr double kSmall = 1e-5;
  double rest = energy - alpha * product;
  if (rest < kSmall * energy) rest = residual_energy(y, code, depth, alpha);
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
  const kernels::KernelTable& kernel = kernels::chosen();
  const double energy = kernel.dot(y.data(), y.data(), y.size());
  const double half_step = kHalfStep * std::sqrt(energy / static_cast<double>(y.size()));
  kernels::LevelSums sums;
  kernel.quantise(y.data(), y.size(), static_cast<float>(1 / half_step), code.levels.data(),
                  code.residual.data(), sums);
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    code.bounds[depth] = bound_of(y, energy, sums, code, depth);
  }
}

}  // namespace morgiana::index
