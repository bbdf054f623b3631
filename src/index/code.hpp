#pragma once

#include <cstdint>
#include <span>

namespace morgiana::index {

/// What the scan needs of one coded vector y besides its code c: φ is the angle between y and c.
struct CodeBound {
  float cos_norm;  // ‖c‖·cos φ, rounded down
  float sin_norm;  // ‖c‖·sin φ, rounded up
};

/// Codes y in 4 bits a dimension: uniform odd levels -15…15 of a step fitted to y.
/// Shape:  y [dim], not all zero; codes [dim], each 0…15 for level 2k - 15.
/// Source: decision record 0004; docs/numerics.md#bound.
CodeBound encode(std::span<const float> y, std::span<std::uint8_t> codes);

}  // namespace morgiana::index
