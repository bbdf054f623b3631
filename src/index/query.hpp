#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/rotation.hpp"

namespace morgiana::index {

/// A probe as the scan sees it: eight-bit levels of its rotation, and the two coefficients of the
/// bound below which a reference scores less than the threshold, provably or nearly surely.
struct Query {
  std::vector<std::int8_t> levels;  // dim, then zeros to a whole line of a plane
  std::vector<std::int8_t>
      split_levels;  // even ones, then odd ones, each as long as a residual row
  std::int32_t level_sum;
  std::int32_t sign_sum;  // of the levels where lines of signs have bits
  double angle;  // of the cone around the levels in which all that can reach the threshold lies
  float cos_bound;
  float sin_bound;

  /// Nothing can be dropped: the threshold is so low that the bound says nothing.
  bool keeps_all() const noexcept;
};

/// Shape:  probe [dim], as a Template holds it; threshold in [-2, 1], the least float score that
///         must be found; miss in [0, 1/2) for each reference that reaches it, 0 for a proof.
/// Source: docs/numerics.md#bound, docs/numerics.md#probable.
Query make_query(const Rotation& rotation, std::span<const float> probe, float threshold,
                 double miss = 0);

/// κ: the factor on the residual's share of the bound under which one coordinate of a uniform
/// direction in dim - 1 dimensions exceeds it with probability `miss` at most; 1 for no miss.
double residual_share(std::uint32_t dim, double miss);

}  // namespace morgiana::index
