#include "index/plan.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace morgiana::index {
namespace {

/// The middle residual of the signs has the sine 0.603, of the high plane 0.366 (code_test.cpp).
FirstStep first_step(std::uint32_t dim, double threshold, double share = 1) {
  const double angle = std::acos(threshold);
  Prospect prospect{dim, std::cos(angle), share * std::sin(angle), std::asin(0.366), std::nullopt};
  if (dim >= 256) prospect.sign_angle = std::asin(0.603);
  return plan(prospect);
}

TEST(Plan, StartsWhereStrangersFall) {
  struct Row {
    std::uint32_t dim;
    double threshold;
    double share;
    FirstStep expected;
  };
  constexpr FirstStep kSigns = FirstStep::signs;
  constexpr FirstStep kHigh = FirstStep::high_plane;
  constexpr FirstStep kBoth = FirstStep::both_planes;
  const Row table[] = {
      {512, 0.30, 1, kBoth},      {512, 0.363, 1, kBoth},    {512, 0.45, 1, kBoth},
      {512, 0.5, 1, kHigh},       {512, 0.6, 1, kHigh},      {128, 0.363, 1, kBoth},
      {128, 0.45, 1, kBoth},      {128, 0.6, 1, kHigh},      {64, 0.5, 1, kBoth},
      {64, 0.8, 1, kHigh},        {4096, 0.363, 1, kBoth},   {4096, 0.45, 1, kHigh},
      {512, 0.363, 0.28, kSigns}, {128, 0.45, 0.53, kHigh},  {512, -0.2, 1, kBoth},
      {32, 0.3, 0.9, kBoth},      {512, 0.45, 0.28, kSigns}, {512, 0.9, 1, kSigns},
      {256, 0.6, 0.4, kSigns},    {128, 0.9, 0.53, kHigh},   {4096, 0.363, 0.1, kSigns},
  };
  for (const Row& row : table) {
    EXPECT_EQ(first_step(row.dim, row.threshold, row.share), row.expected)
        << row.dim << "-D, threshold " << row.threshold << ", share " << row.share;
  }
}

TEST(Plan, ABoundThatKeepsEverythingReadsBothPlanesOnce) {
  EXPECT_EQ(plan({512, -INFINITY, 0, 0.4, 0.6}), FirstStep::both_planes);
  EXPECT_EQ(plan({512, std::nan(""), 0, 0.4, 0.6}), FirstStep::both_planes);
}

TEST(Plan, GoesOnWithAStepOnlyWhereItLeftFewBlocks) {
  constexpr FirstStep kBoth = FirstStep::both_planes;
  for (const FirstStep tried : {FirstStep::signs, FirstStep::high_plane}) {
    EXPECT_EQ(adapt(tried, 64, 0), tried);
    EXPECT_EQ(adapt(tried, 64, 12), tried);
    EXPECT_EQ(adapt(tried, 64, 13), behind(tried));
    EXPECT_EQ(adapt(tried, 64, 64), behind(tried));
    EXPECT_EQ(adapt(tried, 0, 0), behind(tried));
  }
  EXPECT_EQ(behind(FirstStep::signs), FirstStep::high_plane);
  EXPECT_EQ(behind(FirstStep::high_plane), kBoth);
  EXPECT_EQ(adapt(kBoth, 64, 0), kBoth);
}

}  // namespace
}  // namespace morgiana::index
