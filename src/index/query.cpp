#include "index/query.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "index/norm.hpp"
#include "kernels/kernel_table.hpp"
#include "morgiana/types.hpp"
#include "types/wipe.hpp"

namespace morgiana::index {
namespace {

/// Least cosine of the angle between probe and reference whose float score can reach `threshold`:
/// the score is rounded to float once, summed in double, and both norms are 1 only nearly.
double least_cosine(float threshold, std::uint32_t dim) {
  const double below = std::nextafter(threshold, -std::numeric_limits<float>::infinity());
  const double rounds_up_from = 0.5 * (below + threshold);
  const double summation = dim * 0x1p-52;
  return rounds_up_from - summation - 1.01 * kNormTolerance;
}

/// Levels of the rotated probe, and the sine of the angle between the two.
double quantise(std::span<const float> rotated, std::vector<std::int8_t>& levels) {
  float largest = 0;
  for (const float value : rotated) largest = std::max(largest, std::abs(value));
  double product = 0;
  double level_energy = 0;
  double energy = 0;
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    const double value = rotated[i];
    const double level = std::nearbyint(value / largest * 127.0);
    levels[i] = static_cast<std::int8_t>(level);
    product += value * level;
    level_energy += level * level;
    energy += value * value;
  }
  const double scale = product / level_energy;
  double rest = 0;
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    const double error = rotated[i] - scale * levels[i];
    rest += error * error;
  }
  return std::sqrt(rest / energy) + 1e-12;
}

/// The angles add up on the sphere: probe to reference, two rotations, quantisation. What is
/// farther than their sum from the probe's levels cannot reach the threshold.
void set_bound(Query& query, double widest_angle) {
  // Conversion, two products and a difference in the kernel, each off by 2^-24 of at most
  // ‖levels‖·‖c‖; ‖c‖ <= cos_norm + sin_norm lets both coefficients share the allowance.
  constexpr double kKernelRounding = 0x1p-22;
  double level_energy = 0;
  for (const std::int8_t level : query.levels) level_energy += double{1} * level * level;
  const double norm = std::sqrt(level_energy);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (widest_angle >= std::numbers::pi / 2) {  // beyond it the bound is not monotonic: keep all
    query.cos_bound = -kInfinity;
    query.sin_bound = 0;
    return;
  }
  query.cos_bound = std::nextafter(
      static_cast<float>(norm * (std::cos(widest_angle) - kKernelRounding)), -kInfinity);
  query.sin_bound = std::nextafter(
      static_cast<float>(norm * (std::sin(widest_angle) + kKernelRounding)), kInfinity);
}

}  // namespace

Query make_query(const Rotation& rotation, std::span<const float> probe, float threshold) {
  const std::uint32_t dim = rotation.dim();
  std::array<float, kMaxDim> buffer;
  const std::span<float> rotated = std::span(buffer).first(dim);
  rotation.apply(probe, rotated);

  const std::size_t padded =
      (dim + kernels::kLineDims - 1) / kernels::kLineDims * kernels::kLineDims;
  Query query{std::vector<std::int8_t>(padded), 0, 0, 0};
  const double quantisation = std::asin(std::min(1.0, quantise(rotated, query.levels)));
  wipe(rotated.data(), rotated.size_bytes());
  for (const std::int8_t level : query.levels) query.offset -= 15 * level;

  const double cosine = std::clamp(least_cosine(threshold, dim), -1.0, 1.0);
  set_bound(query, std::acos(cosine) + 2 * std::asin(rotation.relative_error()) + quantisation);
  return query;
}

}  // namespace morgiana::index
