#pragma once

#include <cstdint>

#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"

// How a value is coded, one at a time. In an anonymous namespace: a tier file's copy must not
// become the one that other tiers call.
namespace {

using morgiana::kernels::kBothPlanes;
using morgiana::kernels::kHighPlane;
using morgiana::kernels::kNumDepths;
using morgiana::kernels::kResidual;
using morgiana::kernels::kSigns;
using morgiana::kernels::LevelSums;

/// The code whose cell holds `value`, in units of half a step.
inline std::int32_t cell(float value) {
  const float at = 0.5F * value + 8.0F;
  const float least = at > 0.0F ? at : 0.0F;
  return static_cast<std::int32_t>(least < 15.0F ? least : 15.0F);
}

/// Sums in the making: a lane of the products of each depth, and the squares.
struct LevelLanes {
  double products[kNumDepths][kLanes] = {};
  std::int32_t squares[kNumDepths] = {};  // at most 75² · 4096

  void add(std::size_t depth, std::size_t lane, float value, std::int32_t level) {
    products[depth][lane] += static_cast<double>(value) * static_cast<double>(level);
    squares[depth] += level * level;
  }
};

/// Codes dimensions from `begin`, a multiple of the lanes, to the last one.
inline void quantise_from(std::size_t begin, const float* y, std::size_t dim, float half_steps,
                          std::uint8_t* levels, std::uint8_t* residual, LevelLanes& lanes) {
  const std::size_t num_signs = morgiana::kernels::num_sign_dims(dim);
  for (std::size_t i = begin; i < dim; ++i) {
    const std::size_t lane = i % kLanes;
    const float value = y[i] * half_steps;
    const std::int32_t k = cell(value);
    const std::int32_t both = 2 * k - 15;
    const std::int32_t r = cell(4 * (value - static_cast<float>(both)));
    levels[i] = static_cast<std::uint8_t>(k);
    residual[i] = static_cast<std::uint8_t>(r);
    if (i < num_signs) lanes.add(kSigns, lane, y[i], 2 * (k >> 3) - 1);
    lanes.add(kHighPlane, lane, y[i], 2 * (k >> 2) - 3);
    lanes.add(kBothPlanes, lane, y[i], both);
    lanes.add(kResidual, lane, y[i], 4 * both + 2 * r - 15);
  }
}

inline void finish_levels(const LevelLanes& lanes, LevelSums& sums) {
  for (std::size_t depth = 0; depth < kNumDepths; ++depth) {
    sums.products[depth] = sum_lanes(lanes.products[depth]);
    sums.squares[depth] = lanes.squares[depth];
  }
}

}  // namespace
