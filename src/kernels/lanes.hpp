#pragma once

#include <cstddef>

// In an anonymous namespace: a tier file's copy must not become the one that other tiers call.
namespace {

constexpr std::size_t kLanes = 8;

/// In the fixed tree.
inline double sum_lanes(const double* lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// Adds the products behind the last whole group of eight and reduces.
inline double finish_lanes(double* lanes, const float* a, const float* b, std::size_t done,
                           std::size_t dim) {
  for (std::size_t i = done; i < dim; ++i) {
    lanes[i - done] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum_lanes(lanes);
}

}  // namespace
