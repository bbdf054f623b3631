#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/guarded.hpp"
#include "kernels/tiers.hpp"

namespace morgiana::kernels {
namespace {

class EveryTierScans : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Scan, EveryTierScans, ::testing::ValuesIn(available()), tier_name);

/// Random blocks whose codes end at a guard page.
struct Scene {
  Scene(std::size_t blocks, std::size_t lines, std::uint64_t seed)
      : num_blocks(blocks),
        num_lines(lines),
        codes(blocks * lines * kLineBytes),
        cos_norm(blocks * kBlockRows),
        sin_norm(blocks * kBlockRows),
        alive(blocks),
        query(lines * kLineDims) {
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < blocks * lines * kLineBytes; ++i) {
      codes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random());
    }
    std::uniform_real_distribution<float> norm(0.0F, 300.0F * static_cast<float>(lines));
    for (float& value : cos_norm) value = norm(random);
    for (float& value : sin_norm) value = norm(random) / 8;
    for (std::uint16_t& mask : alive) mask = static_cast<std::uint16_t>(random());
    for (std::int8_t& level : query) {
      level = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      offset -= 15 * level;
    }
  }

  ScanArgs args(float cos_bound, float sin_bound) {
    return {codes.as<std::uint8_t>(),
            cos_norm.data(),
            sin_norm.data(),
            alive.data(),
            num_blocks,
            num_lines,
            query.data(),
            offset,
            cos_bound,
            sin_bound};
  }

  /// ⟨query, c⟩ straight from the layout's definition.
  std::int64_t product(std::size_t row) {
    const std::uint8_t* block =
        codes.as<std::uint8_t>() + row / kBlockRows * num_lines * kLineBytes;
    std::int64_t sum = 0;
    for (std::size_t dim = 0; dim < query.size(); ++dim) {
      const std::uint8_t pair = block[dim / 8 * kLineBytes + 4 * (row % kBlockRows) + dim % 4];
      const int code = dim % 8 < 4 ? pair & 15 : pair >> 4;
      sum += std::int64_t{2 * code - 15} * query[dim];
    }
    return sum;
  }

  std::vector<std::uint32_t> expected(float cos_bound, float sin_bound) {
    std::vector<std::uint32_t> rows;
    for (std::size_t row = 0; row < num_blocks * kBlockRows; ++row) {
      const volatile float along = cos_norm[row] * cos_bound;
      const volatile float across = sin_norm[row] * sin_bound;
      const bool dropped = static_cast<float>(product(row)) < along - across;
      const bool is_alive = (alive[row / kBlockRows] >> row % kBlockRows & 1) != 0;
      if (!dropped && is_alive) rows.push_back(static_cast<std::uint32_t>(row));
    }
    return rows;
  }

  std::size_t num_blocks;
  std::size_t num_lines;
  test::Guarded codes;
  std::vector<float> cos_norm;
  std::vector<float> sin_norm;
  std::vector<std::uint16_t> alive;
  std::vector<std::int8_t> query;
  std::int32_t offset = 0;
};

std::vector<std::uint32_t> scan(const KernelTable& tier, const ScanArgs& args) {
  std::vector<std::uint32_t> rows(args.num_blocks * kBlockRows);
  rows.resize(tier.scan4(args, rows.data()));
  return rows;
}

TEST_P(EveryTierScans, ScanKeepsExactlyTheRowsOfItsDefinition) {
  for (const std::size_t lines : {1U, 2U, 3U, 4U, 7U, 16U, 25U, 64U, 65U, 512U}) {
    for (const std::size_t blocks : {1U, 2U, 3U, 17U}) {
      Scene scene(blocks, lines, lines * 1000 + blocks);
      for (const float cos_bound : {-2.0F, 0.0F, 0.3F, 1.0F}) {
        const auto expected = scene.expected(cos_bound, 0.7F);
        ASSERT_EQ(scan(tier(), scene.args(cos_bound, 0.7F)), expected) << lines << " " << blocks;
      }
    }
  }
}

TEST_P(EveryTierScans, ScanDoesNotOverflowAtTheLargestCodesAndLevels) {
  Scene scene(1, 512, 1);
  std::fill_n(scene.codes.as<std::uint8_t>(), 512 * kLineBytes, std::uint8_t{0xFF});
  std::fill(scene.query.begin(), scene.query.end(), std::int8_t{127});
  scene.offset = -15 * 127 * 4096;
  std::fill(scene.alive.begin(), scene.alive.end(), std::uint16_t{0xFFFF});
  std::fill(scene.sin_norm.begin(), scene.sin_norm.end(), 0.0F);
  const float product = 15.0F * 127.0F * 4096.0F;  // below 2^24, so exact
  std::fill(scene.cos_norm.begin(), scene.cos_norm.end(), product);
  EXPECT_EQ(scan(tier(), scene.args(1.0F, 0.0F)).size(), kBlockRows);
  std::fill(scene.cos_norm.begin(), scene.cos_norm.end(), product + 1);
  EXPECT_TRUE(scan(tier(), scene.args(1.0F, 0.0F)).empty());
}

TEST_P(EveryTierScans, AnInfinitelyLowBoundKeepsAllThatIsAlive) {
  Scene scene(3, 5, 9);
  scene.cos_norm[4] = 0;  // 0 · -infinity is not a number
  std::size_t num_alive = 0;
  for (const std::uint16_t mask : scene.alive)
    num_alive += static_cast<std::size_t>(std::popcount(mask));
  const float lowest = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(scan(tier(), scene.args(lowest, 0.0F)).size(), num_alive);
}

}  // namespace
}  // namespace morgiana::kernels
