#include "index/plan.hpp"

#include <cmath>
#include <numbers>

#include "kernels/kernel_table.hpp"

namespace morgiana::index {
namespace {

/// A block with one survivor is read again at the next depth, which is twice as many bytes, out of
/// order: with a share f of such blocks a start at the high plane costs about 0.55 + 2·f of a scan
/// of both (bench/identify.cpp), so it pays while f is below a fifth. The same is taken for the
/// signs.
constexpr double kMostBlocksLeft = 0.2;

/// The share of blocks that isotropic strangers leave of references at that angle from their codes.
double blocks_left(const Prospect& prospect, double angle) {
  const double least = std::cos(angle) * prospect.cos_bound - std::sin(angle) * prospect.sin_bound;
  const double deviations = least * std::sqrt(static_cast<double>(prospect.dim));
  const double row = 0.5 * std::erfc(deviations / std::numbers::sqrt2);
  return 1 - std::pow(1 - row, kernels::kBlockRows);
}

}  // namespace

FirstStep plan(const Prospect& prospect) {
  const auto pays = [&](double angle) { return blocks_left(prospect, angle) < kMostBlocksLeft; };
  if (prospect.sign_angle && pays(*prospect.sign_angle)) return FirstStep::signs;
  return pays(prospect.high_plane_angle) ? FirstStep::high_plane : FirstStep::both_planes;
}

FirstStep adapt(FirstStep tried, std::size_t blocks_read, std::size_t blocks_left) {
  if (tried == FirstStep::both_planes) return tried;
  const bool pays =
      static_cast<double>(blocks_left) < kMostBlocksLeft * static_cast<double>(blocks_read);
  return pays ? tried : behind(tried);
}

}  // namespace morgiana::index
