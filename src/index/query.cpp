#include "index/query.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "index/norm.hpp"
#include "index/segment.hpp"
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

/// Of the constants of a coded reference in the bound, for levels of length 1.
struct Coefficients {
  double cosine;
  double sine;
};

/// What can reach the threshold lies within `angle` of the exact probe, and the levels within
/// `error` of that. Proven: angles add up on the sphere. Probable: the residual's share of the
/// angle is smaller, so the error is taken off in full instead.
Coefficients coefficients(double angle, double error, double share) {
  if (share == 1) return {std::cos(angle + error), std::sin(angle + error)};
  return {std::cos(angle) * std::cos(error) - std::sin(error),
          share * std::sin(angle) * std::cos(error) + std::sin(error)};
}

void set_bound(Query& query, Coefficients bound) {
  // Two conversions, two products and a difference in the kernel, each off by 2^-24 of at most
  // ‖levels‖·‖c‖; ‖c‖ <= cos_norm + sin_norm lets both coefficients share the allowance.
  constexpr double kKernelRounding = 6 * 0x1p-24;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (query.angle >= std::numbers::pi / 2) {  // beyond it the bound is not monotonic: keep all
    query.cos_bound = -kInfinity;
    query.sin_bound = 0;
    return;
  }
  double level_energy = 0;
  for (const std::int8_t level : query.levels) level_energy += double{1} * level * level;
  const double norm = std::sqrt(level_energy);
  query.cos_bound =
      std::nextafter(static_cast<float>(norm * (bound.cosine - kKernelRounding)), -kInfinity);
  query.sin_bound =
      std::nextafter(static_cast<float>(norm * (bound.sine + kKernelRounding)), kInfinity);
}

}  // namespace

bool Query::keeps_all() const noexcept {
  return std::isinf(cos_bound);
}

double residual_share(std::uint32_t dim, double miss) {
  if (miss <= 0) return 1;
  // A cap of the sphere in n dimensions: P(t >= κ) <= (1 - κ²)^((n-1)/2) / 2, as the incomplete
  // beta function I_x(a, 1/2) is at most x^a.
  return std::sqrt(1 - std::pow(2 * miss, 2.0 / (dim - 2.0)));
}

Query make_query(const Rotation& rotation, std::span<const float> probe, float threshold,
                 double miss) {
  const std::uint32_t dim = rotation.dim();
  std::array<float, kMaxDim> buffer;
  const std::span<float> rotated = std::span(buffer).first(dim);
  rotation.apply(probe, rotated);

  const Layout layout{dim};
  Query query{};
  query.levels.resize(layout.num_lines() * kernels::kLineDims);
  query.split_levels.resize(2 * layout.residual_bytes());
  const double quantisation = std::asin(std::min(1.0, quantise(rotated, query.levels)));
  wipe(rotated.data(), rotated.size_bytes());
  for (std::size_t i = 0; i < dim; ++i) {
    query.level_sum += query.levels[i];
    if (i < kernels::num_sign_dims(dim)) query.sign_sum += query.levels[i];
    query.split_levels[i / 2 + i % 2 * layout.residual_bytes()] = query.levels[i];
  }

  const double angle = std::acos(std::clamp(least_cosine(threshold, dim), -1.0, 1.0));
  const double error = 2 * std::asin(rotation.relative_error()) + quantisation;
  query.angle = angle + error;
  // A reference meets the bound at every depth, so each gets its part of what may be missed.
  const double share = residual_share(dim, miss / kernels::kNumDepths);
  set_bound(query, coefficients(angle, error, share));
  return query;
}

}  // namespace morgiana::index
