#pragma once

#include <cstddef>
#include <cstdint>

namespace morgiana::kernels {

/// Eight groups of four dimensions add up to 16 · 15 · 127 at most in a lane of 16 bits.
inline constexpr std::size_t kLeastNarrowGroups = 8;
inline constexpr std::size_t kMostNarrowGroups = 64;

/// How many groups, from each multiple of that many on, a lane of 16 bits can add up, whatever the
/// codes are: what these queries leave room for, a power of two. Rotated queries have few large
/// levels, and leave room for several times as many as the largest levels would.
/// Shape:  levels [num_queries][stride], 0 behind the last dimension; a lane adds two neighbours.
std::size_t narrow_groups(const std::int8_t* levels, std::size_t num_queries, std::size_t stride);

}  // namespace morgiana::kernels
