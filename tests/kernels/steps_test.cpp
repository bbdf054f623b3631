#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kernels/scene.hpp"
#include "kernels/tiers.hpp"

namespace morgiana::kernels {
namespace {

class EveryTierNarrows : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Steps, EveryTierNarrows, ::testing::ValuesIn(available()), tier_name);

/// What one step alone leaves of what is alive.
Masks narrow(const KernelTable& tier, const Codes& codes, const QueryArgs& args, Depth depth,
             Masks masks) {
  std::vector<std::int32_t> products(codes.num_blocks * kBlockRows, -1);
  if (depth == kSigns) tier.narrow_signs(codes, args, masks.data());
  if (depth == kHighPlane) tier.narrow_high(codes, args, masks.data());
  if (depth == kBothPlanes) tier.narrow_both(codes, args, masks.data(), products.data());
  if (depth == kResidual) {
    QueryArgs all = args;
    all.cos_bound = -std::numeric_limits<float>::infinity();
    Masks kept = masks;
    tier.narrow_both(codes, all, kept.data(), products.data());
    EXPECT_EQ(kept, masks);
    tier.narrow_residual(codes, args, masks.data(), products.data());
  }
  return masks;
}

constexpr Depth kDepths[] = {kSigns, kHighPlane, kBothPlanes, kResidual};

TEST_P(EveryTierNarrows, StepsKeepExactlyTheRowsOfTheirDefinition) {
  std::size_t num_kept = 0;
  std::size_t num_dropped = 0;
  for (const std::size_t dims : {1U,  7U,   8U,   15U,  16U,  17U,  31U,  32U,   33U,   63U,  64U,
                                 65U, 127U, 128U, 129U, 200U, 512U, 513U, 1000U, 2048U, 4096U}) {
    for (const std::size_t blocks : {1U, 2U, 3U, 17U}) {
      if (dims > 600 && blocks > 3) continue;
      Scene scene(blocks, dims, dims * 1000 + blocks);
      for (const Depth depth : kDepths) {
        for (const float cos_bound : {-0.2F, 0.0F, 0.05F, 0.3F}) {
          const Masks expected = scene.expected(depth, cos_bound, 0.07F);
          ASSERT_EQ(narrow(tier(), scene.codes(), scene.args(cos_bound, 0.07F), depth, scene.alive),
                    expected)
              << dims << " dimensions, " << blocks << " blocks, depth " << depth;
          for (std::size_t i = 0; i < blocks; ++i) {
            num_kept += static_cast<std::size_t>(std::popcount(expected[i]));
            num_dropped += static_cast<std::size_t>(std::popcount(scene.alive[i])) -
                           static_cast<std::size_t>(std::popcount(expected[i]));
          }
        }
      }
    }
  }
  EXPECT_GT(num_kept, 1000U);
  EXPECT_GT(num_dropped, 1000U);
}

TEST_P(EveryTierNarrows, StepsDoNotOverflowAtTheLargestCodesAndLevels) {
  Scene scene(1, 4096, 1);
  scene.set_all_largest();
  constexpr float kLargestLevels[] = {1, 3, 15, 75};
  for (const Depth depth : kDepths) {
    const float product = kLargestLevels[depth] * 127.0F * 4096.0F;
    const float more = std::nextafter(product, 2 * product);
    std::fill(scene.sin_norm[depth].begin(), scene.sin_norm[depth].end(), 0.0F);
    std::fill(scene.cos_norm[depth].begin(), scene.cos_norm[depth].end(), product);
    EXPECT_EQ(narrow(tier(), scene.codes(), scene.args(1.0F, 0.0F), depth, scene.alive),
              scene.alive);
    std::fill(scene.cos_norm[depth].begin(), scene.cos_norm[depth].end(), more);
    EXPECT_EQ(narrow(tier(), scene.codes(), scene.args(1.0F, 0.0F), depth, scene.alive), Masks{0});
  }
}

TEST_P(EveryTierNarrows, AnInfinitelyLowBoundKeepsAllThatIsAlive) {
  Scene scene(3, 80, 9);
  for (auto& norms : scene.cos_norm) norms[4] = 0;  // 0 · -infinity is not a number
  const float lowest = -std::numeric_limits<float>::infinity();
  for (const Depth depth : kDepths) {
    EXPECT_EQ(narrow(tier(), scene.codes(), scene.args(lowest, 0.0F), depth, scene.alive),
              scene.alive);
  }
}

TEST_P(EveryTierNarrows, ABlockOfWhichNothingIsLeftIsNotRead) {
  Scene scene(40, 64, 3);
  std::fill(scene.alive.begin(), scene.alive.end(), std::uint16_t{0});
  const QueryArgs args = scene.args(0.0F, 0.0F);
  Codes codes = scene.codes();
  codes.signs = nullptr;  // reading it would be seen
  codes.seconds = nullptr;
  codes.low = nullptr;
  codes.residual = nullptr;
  std::vector<std::int32_t> products(40 * kBlockRows);
  Masks masks = scene.alive;
  tier().narrow_signs(codes, args, masks.data());
  tier().narrow_high(codes, args, masks.data());
  tier().narrow_both(codes, args, masks.data(), products.data());
  tier().narrow_residual(codes, args, masks.data(), products.data());
  EXPECT_EQ(masks, scene.alive);
}

TEST_P(EveryTierNarrows, CohortsKeepTheRowsThatShareOne) {
  std::mt19937_64 random(5);
  constexpr std::size_t kBlocks = 9;
  std::vector<std::uint64_t> cohorts(kBlocks * kBlockRows);
  for (std::uint64_t& bits : cohorts) bits = std::uint64_t{1} << random() % 64;
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t wanted = std::uint64_t{1} << bit | std::uint64_t{1} << (bit + 9) % 64;
    Masks masks(kBlocks, 0x7FFF);
    Masks expected = masks;
    for (std::size_t row = 0; row < cohorts.size(); ++row) {
      if ((cohorts[row] & wanted) != 0) continue;
      std::uint16_t& mask = expected[row / kBlockRows];
      mask = static_cast<std::uint16_t>(mask & ~(1U << row % kBlockRows));
    }
    tier().select_cohorts(cohorts.data(), kBlocks, wanted, masks.data());
    EXPECT_EQ(masks, expected) << bit;
  }
}

}  // namespace
}  // namespace morgiana::kernels
