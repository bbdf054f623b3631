#include "kernels/narrow_groups.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace morgiana::kernels {
namespace {

constexpr std::size_t kStride = 512;
constexpr int kLargestSum = 32767 / 15;

std::size_t groups_of(const std::vector<std::int8_t>& levels) {
  return narrow_groups(levels.data(), levels.size() / kStride, kStride);
}

/// A query whose lane 0 of one step of `num_groups` adds up to `sum` times the largest code.
std::vector<std::int8_t> one_lane(std::size_t num_groups, std::size_t first, int sum) {
  std::vector<std::int8_t> levels(kStride);
  for (std::size_t group = first; group < first + num_groups; ++group) {
    for (const std::size_t dim : {4 * group, 4 * group + 1}) {
      const int level = std::clamp(sum, -127, 127);
      levels[dim] = static_cast<std::int8_t>(level);
      sum -= level;
    }
  }
  return levels;
}

TEST(NarrowGroups, TheLargestLevelsLeaveRoomForTheLeast) {
  EXPECT_EQ(groups_of(std::vector<std::int8_t>(kStride, 127)), kLeastNarrowGroups);
  EXPECT_EQ(groups_of(std::vector<std::int8_t>(kStride, -127)), kLeastNarrowGroups);
}

TEST(NarrowGroups, ZerosLeaveRoomForTheMost) {
  EXPECT_EQ(groups_of(std::vector<std::int8_t>(kStride)), kMostNarrowGroups);
}

TEST(NarrowGroups, ALaneMayReachTheLargestSumAndNotOneMore) {
  for (const int sign : {1, -1}) {
    for (const std::size_t first : {0U, 64U, 112U}) {
      EXPECT_EQ(groups_of(one_lane(16, first, sign * kLargestSum)), kMostNarrowGroups);
      EXPECT_EQ(groups_of(one_lane(16, first, sign * (kLargestSum + 1))), kLeastNarrowGroups);
      EXPECT_EQ(groups_of(one_lane(9, first, sign * (kLargestSum + 1))), kLeastNarrowGroups);
    }
  }
}

TEST(NarrowGroups, WhatLiesInTwoStepsIsNotAddedUp) {
  EXPECT_EQ(groups_of(one_lane(16, 56, kLargestSum + 1)), kMostNarrowGroups);
  EXPECT_EQ(groups_of(one_lane(16, 24, kLargestSum + 1)), 32U);
}

TEST(NarrowGroups, SignsDoNotCancel) {
  auto levels = one_lane(16, 0, kLargestSum + 1);
  for (std::size_t group = 16; group < 32; ++group) levels[4 * group] = -127;
  EXPECT_EQ(groups_of(levels), kLeastNarrowGroups);
}

TEST(NarrowGroups, TheLeastOfAllQueriesCounts) {
  std::vector<std::int8_t> levels(3 * kStride);
  const auto large = one_lane(32, 0, kLargestSum + 1);
  std::copy(large.begin(), large.end(), levels.begin() + kStride);
  EXPECT_EQ(groups_of(levels), groups_of(large));
  EXPECT_LT(groups_of(large), kMostNarrowGroups);
}

}  // namespace
}  // namespace morgiana::kernels
