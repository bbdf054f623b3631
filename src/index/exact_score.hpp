#pragma once

#include <span>

#include "kernels/kernel_table.hpp"
#include "morgiana/types.hpp"

namespace morgiana::index {

/// The canonical score: the dot product in double lanes, rounded to float once.
/// Shape: both of one dimension. Source: docs/numerics.md#score.
inline Score exact_score(const kernels::KernelTable& kernels, std::span<const float> probe,
                         std::span<const float> reference) {
  return {static_cast<float>(kernels.dot(probe.data(), reference.data(), probe.size()))};
}

}  // namespace morgiana::index
