#pragma once

#include <algorithm>
#include <span>

#include "index/round.hpp"
#include "kernels/kernel_table.hpp"
#include "morgiana/types.hpp"

namespace morgiana::index {

/// The canonical score: the dot product in double lanes, rounded to float once. Norms are 1 only
/// nearly, so what that brings beyond a cosine is cut off.
/// Shape: both of one dimension. Source: docs/numerics.md#score.
inline Score exact_score(const kernels::KernelTable& kernels, std::span<const float> probe,
                         std::span<const float> reference) {
  const double product = kernels.dot(probe.data(), reference.data(), probe.size());
  return {std::clamp(round_to_float(product), -1.0F, 1.0F)};
}

}  // namespace morgiana::index
