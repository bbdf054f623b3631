#include "index/plan.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace morgiana::index {
namespace {

/// The middle residual of the high plane has the sine 0.366 (code_test.cpp).
FirstStep first_step(std::uint32_t dim, double threshold, double share = 1) {
  const double angle = std::acos(threshold);
  return plan({dim, std::cos(angle), share * std::sin(angle), std::asin(0.366)});
}

TEST(Plan, StartsAtTheHighPlaneWhereStrangersFallThere) {
  struct Row {
    std::uint32_t dim;
    double threshold;
    double share;
    FirstStep expected;
  };
  constexpr FirstStep kHigh = FirstStep::high_plane;
  constexpr FirstStep kBoth = FirstStep::both_planes;
  const Row table[] = {
      {512, 0.30, 1, kBoth},  {512, 0.363, 1, kBoth},    {512, 0.45, 1, kBoth},
      {512, 0.5, 1, kHigh},   {512, 0.6, 1, kHigh},      {512, 0.9, 1, kHigh},
      {128, 0.363, 1, kBoth}, {128, 0.45, 1, kBoth},     {128, 0.6, 1, kHigh},
      {64, 0.5, 1, kBoth},    {64, 0.8, 1, kHigh},       {4096, 0.363, 1, kBoth},
      {4096, 0.45, 1, kHigh}, {512, 0.363, 0.27, kHigh}, {128, 0.45, 0.53, kHigh},
      {512, -0.2, 1, kBoth},  {32, 0.3, 0.9, kBoth},
  };
  for (const Row& row : table) {
    EXPECT_EQ(first_step(row.dim, row.threshold, row.share), row.expected)
        << row.dim << "-D, threshold " << row.threshold << ", share " << row.share;
  }
}

TEST(Plan, ABoundThatKeepsEverythingReadsBothPlanesOnce) {
  EXPECT_EQ(plan({512, -INFINITY, 0, 0.4}), FirstStep::both_planes);
  EXPECT_EQ(plan({512, std::nan(""), 0, 0.4}), FirstStep::both_planes);
}

TEST(Plan, GoesOnWithTheHighPlaneOnlyWhereItLeftFewBlocks) {
  EXPECT_EQ(adapt(64, 0), FirstStep::high_plane);
  EXPECT_EQ(adapt(64, 12), FirstStep::high_plane);
  EXPECT_EQ(adapt(64, 13), FirstStep::both_planes);
  EXPECT_EQ(adapt(64, 64), FirstStep::both_planes);
  EXPECT_EQ(adapt(0, 0), FirstStep::both_planes);
}

}  // namespace
}  // namespace morgiana::index
