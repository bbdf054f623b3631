#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/kernel_table.hpp"

namespace morgiana::index {

/// What a step needs of one coded vector y besides its code c: φ is the angle between y and c.
struct CodeBound {
  float cos_norm;  // ‖c‖·cos φ, rounded down
  float sin_norm;  // ‖c‖·sin φ, rounded up
};

/// One vector in 4 bits a dimension, nested: the upper two alone are a code as well, and so are the
/// signs; and in 4 more bits what these leave over. The depths: kernels::Depth.
struct Code {
  explicit Code(std::uint32_t dim) : levels(dim), residual(dim) {}

  std::vector<std::uint8_t> levels;    // [dim] k in 0…15, for 2k - 15
  std::vector<std::uint8_t> residual;  // [dim] r in 0…15, for (2r - 15) / 4
  std::array<CodeBound, kernels::kNumDepths> bounds{};
};

/// Codes y with a step fitted to it.
/// Shape:  y [dim of code], not all zero. Source: decision records 0004, 0006;
/// docs/numerics.md#bound.
void encode(std::span<const float> y, Code& code);

}  // namespace morgiana::index
