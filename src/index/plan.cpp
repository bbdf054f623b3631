#include "index/plan.hpp"

#include <cmath>
#include <numbers>

#include "kernels/kernel_table.hpp"

namespace morgiana::index {
namespace {

/// A block with one survivor is read again with both planes, out of order: with a share f of such
/// blocks a start at the high plane costs about 0.55 + 2·f of a scan of both (bench/identify.cpp),
/// so it pays while f is below a fifth.
constexpr double kMostBlocksLeft = 0.2;

}  // namespace

FirstStep plan(const Prospect& prospect) {
  const double least = std::cos(prospect.high_plane_angle) * prospect.cos_bound -
                       std::sin(prospect.high_plane_angle) * prospect.sin_bound;
  const double deviations = least * std::sqrt(static_cast<double>(prospect.dim));
  const double row = 0.5 * std::erfc(deviations / std::numbers::sqrt2);
  const double block = 1 - std::pow(1 - row, kernels::kBlockRows);
  return block < kMostBlocksLeft ? FirstStep::high_plane : FirstStep::both_planes;
}

FirstStep adapt(std::size_t blocks_read, std::size_t blocks_left) {
  return static_cast<double>(blocks_left) < kMostBlocksLeft * static_cast<double>(blocks_read)
             ? FirstStep::high_plane
             : FirstStep::both_planes;
}

}  // namespace morgiana::index
