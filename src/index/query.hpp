#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/rotation.hpp"

namespace morgiana::index {

/// A probe as the scan sees it: eight-bit levels of its rotation, and the two coefficients of the
/// bound below which a reference provably scores less than the threshold.
struct Query {
  std::vector<std::int8_t> levels;  // dim, then zeros to a multiple of 8
  std::int32_t offset;              // -15 · sum of levels
  float cos_bound;
  float sin_bound;
};

/// Shape:  probe [dim], as a Template holds it; threshold in [-2, 1], the least float score that
///         must be found. Source: docs/numerics.md#bound.
Query make_query(const Rotation& rotation, std::span<const float> probe, float threshold);

}  // namespace morgiana::index
