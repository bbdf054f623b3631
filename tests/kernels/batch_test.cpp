#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/narrow_groups.hpp"
#include "kernels/scene.hpp"
#include "kernels/tiers.hpp"

namespace morgiana::kernels {
namespace {

class EveryTierBatches : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Batch, EveryTierBatches, ::testing::ValuesIn(available()), tier_name);

/// narrow_batch of a scene's blocks, with arrays just as large as a tier may ask for.
void run_batch(const KernelTable& tier, Scene& scene, const std::vector<QueryArgs>& queries,
               Masks& masks, std::vector<std::int32_t>& products) {
  const std::size_t stride = padded_dims(scene.num_lines);
  const std::size_t num_scratch = batch_scratch_bytes(scene.num_lines);
  test::Guarded levels(padded_queries(queries.size()) * stride);
  test::Guarded scratch(num_scratch);
  test::Guarded starts(padded_queries(queries.size()) * sizeof(std::int32_t));
  std::fill_n(scratch.as<std::uint8_t>(), num_scratch, std::uint8_t{15});
  std::vector<float> cos_bounds;
  std::vector<float> sin_bounds;
  std::vector<std::int32_t> sums;
  for (const QueryArgs& query : queries) {
    std::copy_n(query.levels, scene.num_lines * kLineDims,
                levels.as<std::int8_t>() + sums.size() * stride);
    cos_bounds.push_back(query.cos_bound);
    sin_bounds.push_back(query.sin_bound);
    sums.push_back(query.sum);
  }
  tier.narrow_batch(
      scene.codes(),
      {queries.size(), levels.as<std::int8_t>(), cos_bounds.data(), sin_bounds.data(), sums.data(),
       scene.alive.data(), scratch.as<std::uint8_t>(), starts.as<std::int32_t>(),
       narrow_groups(levels.as<std::int8_t>(), queries.size(), stride)},
      masks.data(), products.data());
}

TEST_P(EveryTierBatches, ABatchIsBothPlanesForEachOfItsQueries) {
  std::mt19937_64 random(11);
  for (const std::size_t dims : {32U, 48U, 128U, 200U, 513U, 2048U, 4096U}) {
    for (const std::size_t blocks : {1U, 2U, 3U, 4U, 5U, 8U}) {
      for (const std::size_t num_queries : {1U, 2U, 5U, 6U, 7U, 13U, 16U, 17U}) {
        if (dims > 600 && (blocks != 5 || num_queries != 7)) continue;
        Scene scene(blocks, dims, dims * 100 + blocks);
        std::vector<std::vector<std::int8_t>> levels;
        std::vector<QueryArgs> queries;
        for (std::size_t q = 0; q < num_queries; ++q) {
          for (std::size_t i = 0; i < dims; ++i) {
            scene.set_query(i, static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127));
          }
          levels.push_back(scene.query);
          queries.push_back(scene.args(0.05F * static_cast<float>(q % 4), 0.07F));
          queries.back().levels = levels.back().data();
        }
        Masks masks(num_queries * blocks, 0x5555);
        std::vector<std::int32_t> products(num_queries * blocks * kBlockRows);
        run_batch(tier(), scene, queries, masks, products);
        for (std::size_t q = 0; q < num_queries; ++q) {
          Masks alone = scene.alive;
          std::vector<std::int32_t> expected(blocks * kBlockRows);
          named("scalar").narrow_both(scene.codes(), queries[q], alone.data(), expected.data());
          for (std::size_t block = 0; block < blocks; ++block) {
            ASSERT_EQ(masks[q * blocks + block], alone[block])
                << dims << " dimensions, " << blocks << " blocks, query " << q;
            for (std::size_t row = 0; row < kBlockRows; ++row) {
              if ((alone[block] >> row & 1) == 0) continue;
              const std::size_t at = block * kBlockRows + row;
              ASSERT_EQ(products[q * blocks * kBlockRows + at], expected[at]);
            }
          }
        }
      }
    }
  }
}

/// Of what a row's bound is made: cos_bound · cosine - sin_bound · sine.
enum class Made { of_cosines, of_negative_cosines, of_sines };

/// What a query keeps, where each row has the bound given, of a batch whose other queries nobody
/// reaches.
Masks kept_of_batch(const KernelTable& tier, Scene& scene, const std::vector<float>& bounds,
                    Made made, std::size_t query) {
  constexpr std::size_t kQueries = 17;
  constexpr std::int32_t kFarAbove = 1 << 20;
  const float cos_bound = made == Made::of_negative_cosines ? -1.0F : 1.0F;
  const float most = *std::max_element(bounds.begin(), bounds.end());
  for (std::size_t row = 0; row < scene.num_rows; ++row) {
    const bool is_sine = made == Made::of_sines;
    scene.cos_norm[kBothPlanes][row] = is_sine ? most : bounds[row] / cos_bound;
    scene.sin_norm[kBothPlanes][row] = is_sine ? most - bounds[row] : 0.0F;
  }
  const std::vector<std::int8_t> zeros(scene.query.size());
  QueryArgs unreached = scene.args(cos_bound, 1.0F);
  unreached.levels = zeros.data();
  unreached.sum = kFarAbove;  // its products are -15 times that
  std::vector<QueryArgs> queries(kQueries, unreached);
  queries[query] = scene.args(cos_bound, 1.0F);
  Masks masks(kQueries * scene.num_blocks);
  std::vector<std::int32_t> products(kQueries * scene.num_rows);
  run_batch(tier, scene, queries, masks, products);
  const auto begin = masks.begin() + static_cast<std::ptrdiff_t>(query * scene.num_blocks);
  const auto end = begin + static_cast<std::ptrdiff_t>(scene.num_blocks);
  const auto count = [](Masks::iterator from, Masks::iterator to) {
    return std::count_if(from, to, [](std::uint16_t mask) { return mask != 0; });
  };
  EXPECT_EQ(count(masks.begin(), begin) + count(end, masks.end()), 0) << "of another query";
  return {begin, end};
}

TEST_P(EveryTierBatches, ABatchKeepsTheRowsThatJustReachTheirBound) {
  constexpr std::array<std::size_t, 8> kPlaces{0, 1, 5, 6, 11, 14, 15, 16};  // ends of tiles
  for (const std::size_t dims : {32U, 128U, 512U, 4096U}) {
    for (std::uint64_t seed = 0; seed < kPlaces.size(); ++seed) {
      Scene scene(8, dims, seed);
      std::fill(scene.alive.begin(), scene.alive.end(), std::uint16_t{0xFFFF});
      std::vector<float> products;
      for (std::size_t row = 0; row < scene.num_rows; ++row) {
        products.push_back(static_cast<float>(scene.product(row, kBothPlanes)));
      }
      const float best = *std::max_element(products.begin(), products.end());
      // Rows far below the others must not be dropped with them.
      std::vector<float> bounds(scene.num_rows, best + 1);
      Masks reaching(scene.num_blocks);
      for (std::size_t row = seed; row < scene.num_rows; row += 29) {
        bounds[row] = products[row];
        std::uint16_t& mask = reaching[row / kBlockRows];
        mask = static_cast<std::uint16_t>(mask | 1U << row % kBlockRows);
      }
      const std::vector<float> same(scene.num_rows, best);
      const std::vector<float> above(scene.num_rows, best + 1);
      for (const Made made : {Made::of_cosines, Made::of_negative_cosines, Made::of_sines}) {
        const auto kept = [&](const std::vector<float>& of) {
          return kept_of_batch(tier(), scene, of, made, kPlaces[seed]);
        };
        EXPECT_EQ(kept(bounds), reaching) << dims << " " << seed;
        EXPECT_NE(kept(same), Masks(scene.num_blocks));
        EXPECT_EQ(kept(above), Masks(scene.num_blocks));
      }
    }
  }
}

TEST_P(EveryTierBatches, ABatchDoesNotOverflowAtTheLargestCodesAndLevels) {
  Scene scene(1, 4096, 1);
  scene.set_all_largest();
  const QueryArgs keep_all = scene.args(-std::numeric_limits<float>::infinity(), 0.0F);
  Masks masks{0};
  std::vector<std::int32_t> products(kBlockRows);
  run_batch(tier(), scene, {keep_all}, masks, products);
  EXPECT_EQ(products, std::vector<std::int32_t>(kBlockRows, 15 * 127 * 4096));
}

TEST_P(EveryTierBatches, SmallLevelsDoNotOverflowWhereMoreGroupsAreAddedUp) {
  Scene scene(1, 2048, 1);
  scene.set_all_largest();
  // 15 · 2 · 64 · 17 fits 16 bits, and so do 32 groups of 34 and 16 of 68; none of one more.
  for (const int level : {127, 69, 68, 67, 35, 34, 33, 18, 17, 16, 1}) {
    for (const int sign : {1, -1}) {
      for (std::size_t i = 0; i < 2048; ++i) {
        scene.set_query(i, static_cast<std::int8_t>(sign * level));
      }
      const QueryArgs keep_all = scene.args(-std::numeric_limits<float>::infinity(), 0.0F);
      Masks masks{0};
      std::vector<std::int32_t> products(kBlockRows);
      run_batch(tier(), scene, {keep_all}, masks, products);
      EXPECT_EQ(products, std::vector<std::int32_t>(kBlockRows, 15 * sign * level * 2048)) << level;
    }
  }
}

}  // namespace
}  // namespace morgiana::kernels
