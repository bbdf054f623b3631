#include "kernels/narrow_groups.hpp"

#include <algorithm>

namespace morgiana::kernels {
namespace {

constexpr int kLargestLevel = 15;
constexpr int kLargestSum = INT16_MAX / kLargestLevel;

/// The farthest from zero that a lane can get in dimensions [begin, end), divided by the largest
/// level: all codes 15 where the query has one sign, 0 where it has the other.
int farthest(const std::int8_t* levels, std::size_t begin, std::size_t end) {
  int most = 0;
  for (const std::size_t lane : {std::size_t{0}, std::size_t{2}}) {
    int above = 0;
    int below = 0;
    for (std::size_t i = begin + lane; i < end; i += 4) {
      for (const int level : {levels[i], levels[i + 1]}) (level > 0 ? above : below) += level;
    }
    most = std::max({most, above, -below});
  }
  return most;
}

bool fits(const std::int8_t* levels, std::size_t stride, std::size_t num_groups) {
  for (std::size_t begin = 0; begin < stride; begin += 4 * num_groups) {
    if (farthest(levels, begin, std::min(stride, begin + 4 * num_groups)) > kLargestSum) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::size_t narrow_groups(const std::int8_t* levels, std::size_t num_queries, std::size_t stride) {
  std::size_t num = kMostNarrowGroups;
  for (std::size_t i = 0; i < num_queries; ++i) {
    while (num > kLeastNarrowGroups && !fits(levels + i * stride, stride, num)) num /= 2;
  }
  return num;
}

}  // namespace morgiana::kernels
