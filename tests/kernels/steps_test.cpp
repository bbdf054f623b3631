#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/guarded.hpp"
#include "kernels/tiers.hpp"

namespace morgiana::kernels {
namespace {

class EveryTierNarrows : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Steps, EveryTierNarrows, ::testing::ValuesIn(available()), tier_name);

using Masks = std::vector<std::uint16_t>;

/// Random blocks whose planes and residuals end at guard pages.
struct Scene {
  Scene(std::size_t blocks, std::size_t num_dims, std::uint64_t seed)
      : dims(num_dims),
        num_blocks(blocks),
        num_lines((dims + kLineDims - 1) / kLineDims),
        residual_bytes((dims + 31) / 32 * 16),
        num_rows(blocks * kBlockRows),
        signs(blocks * num_sign_lines(num_lines) * kLineBytes),
        seconds(blocks * num_second_lines(num_lines) * kLineBytes),
        low(blocks * num_lines * kLineBytes),
        residual(num_rows * residual_bytes),
        alive(blocks),
        query(num_lines * kLineDims),
        split_query(2 * residual_bytes) {
    std::mt19937_64 random(seed);
    fill(signs, blocks * num_sign_lines(num_lines) * kLineBytes, random);
    fill(seconds, blocks * num_second_lines(num_lines) * kLineBytes, random);
    fill(low, blocks * num_lines * kLineBytes, random);
    fill(residual, num_rows * residual_bytes, random);
    for (std::size_t depth = 0; depth < kNumDepths; ++depth) {
      // About the size of the products, so that a bound drops some and keeps some.
      constexpr float kSizes[] = {40.0F, 90.0F, 400.0F, 1600.0F};
      const float size = kSizes[depth];
      std::uniform_real_distribution<float> norm(
          0.0F, size * std::sqrt(static_cast<float>(16 * num_lines)));
      for (auto* values : {&cos_norm[depth], &sin_norm[depth]}) {
        for (std::size_t row = 0; row < num_rows; ++row) values->push_back(norm(random));
      }
    }
    for (std::uint16_t& mask : alive) mask = static_cast<std::uint16_t>(random());
    if (blocks > 2) alive[1] = 0;
    for (std::size_t i = 0; i < dims; ++i) {
      const auto level = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      set_query(i, level);
    }
  }

  static void fill(test::Guarded& codes, std::size_t num_bytes, std::mt19937_64& random) {
    for (std::size_t i = 0; i < num_bytes; ++i) {
      codes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random());
    }
  }

  void set_query(std::size_t dim, std::int8_t level) {
    query_sum += level - query[dim];
    if (dim / 32 < num_sign_lines(num_lines)) sign_sum += level - query[dim];
    query[dim] = level;
    split_query[dim / 2 + dim % 2 * residual_bytes] = level;
  }

  Codes codes() {
    Codes made{};
    made.signs = signs.as<std::uint8_t>();
    made.seconds = seconds.as<std::uint8_t>();
    made.low = low.as<std::uint8_t>();
    made.residual = residual.as<std::uint8_t>();
    for (std::size_t depth = 0; depth < kNumDepths; ++depth) {
      made.depths[depth] = {cos_norm[depth].data(), sin_norm[depth].data()};
    }
    made.num_blocks = num_blocks;
    made.num_lines = num_lines;
    made.residual_bytes = residual_bytes;
    return made;
  }

  QueryArgs args(float cos_bound, float sin_bound) const {
    return {query.data(), split_query.data(), query_sum, sign_sum, cos_bound, sin_bound};
  }

  /// The byte that holds a dimension of a row in line `line` of a plane.
  static int byte_of(test::Guarded& plane, std::size_t lines, std::size_t line, std::size_t row,
                     std::size_t dim) {
    const std::uint8_t* block = plane.as<std::uint8_t>() + row / kBlockRows * lines * kLineBytes;
    return block[line * kLineBytes + 4 * (row % kBlockRows) + dim % 4];
  }

  /// 0 or 1, and -1 where the signs have no bit of the dimension.
  int sign_bit(std::size_t row, std::size_t dim) {
    const std::size_t lines = num_sign_lines(num_lines);
    if (dim / 32 >= lines) return -1;
    return byte_of(signs, lines, dim / 32, row, dim) >> (dim % 16 / 4 * 2 + dim / 16 % 2) & 1;
  }

  int high_bits(std::size_t row, std::size_t dim) {
    const int byte = byte_of(seconds, num_second_lines(num_lines), dim / 32, row, dim);
    const int sign = sign_bit(row, dim);
    const std::size_t at = dim % 16 / 4 * 2;
    return sign < 0 ? byte >> at & 3 : 2 * sign + (byte >> (at + dim / 16 % 2) & 1);
  }

  int low_bits(std::size_t row, std::size_t dim) {
    return byte_of(low, num_lines, dim / 16, row, dim) >> (dim % 16 / 4 * 2) & 3;
  }

  /// ⟨query, c⟩ straight from the layout's definition.
  std::int64_t product(std::size_t row, Depth depth) {
    std::int64_t sum = 0;
    for (std::size_t dim = 0; dim < dims; ++dim) {
      const int s = sign_bit(row, dim);
      const int h = high_bits(row, dim);
      const int k = 4 * h + low_bits(row, dim);
      const std::uint8_t pair = residual.as<std::uint8_t>()[row * residual_bytes + dim / 2];
      const int r = dim % 2 == 0 ? pair & 15 : pair >> 4;
      const int level = depth == kSigns        ? s < 0 ? 0 : 2 * s - 1
                        : depth == kHighPlane  ? 2 * h - 3
                        : depth == kBothPlanes ? 2 * k - 15
                                               : 4 * (2 * k - 15) + 2 * r - 15;
      sum += std::int64_t{level} * query[dim];
    }
    return sum;
  }

  Masks expected(Depth depth, float cos_bound, float sin_bound) {
    Masks masks = alive;
    for (std::size_t row = 0; row < num_rows; ++row) {
      const volatile float along = cos_norm[depth][row] * cos_bound;
      const volatile float across = sin_norm[depth][row] * sin_bound;
      if (static_cast<float>(product(row, depth)) < along - across) {
        masks[row / kBlockRows] =
            static_cast<std::uint16_t>(masks[row / kBlockRows] & ~(1U << row % kBlockRows));
      }
    }
    return masks;
  }

  std::size_t dims;
  std::size_t num_blocks;
  std::size_t num_lines;
  std::size_t residual_bytes;
  std::size_t num_rows;
  test::Guarded signs;
  test::Guarded seconds;
  test::Guarded low;
  test::Guarded residual;
  std::array<std::vector<float>, kNumDepths> cos_norm;
  std::array<std::vector<float>, kNumDepths> sin_norm;
  Masks alive;
  std::vector<std::int8_t> query;
  std::vector<std::int8_t> split_query;
  std::int32_t query_sum = 0;
  std::int32_t sign_sum = 0;
};

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
       scene.alive.data(), scratch.as<std::uint8_t>(), starts.as<std::int32_t>()},
      masks.data(), products.data());
}

TEST_P(EveryTierNarrows, ABatchIsBothPlanesForEachOfItsQueries) {
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

TEST_P(EveryTierNarrows, ABatchKeepsTheRowsThatJustReachTheirBound) {
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

TEST_P(EveryTierNarrows, StepsDoNotOverflowAtTheLargestCodesAndLevels) {
  Scene scene(1, 4096, 1);
  std::fill_n(scene.signs.as<std::uint8_t>(), 128 * kLineBytes, std::uint8_t{0xFF});
  std::fill_n(scene.seconds.as<std::uint8_t>(), 128 * kLineBytes, std::uint8_t{0xFF});
  std::fill_n(scene.low.as<std::uint8_t>(), 256 * kLineBytes, std::uint8_t{0xFF});
  std::fill_n(scene.residual.as<std::uint8_t>(), 16 * 2048, std::uint8_t{0xFF});
  for (std::size_t i = 0; i < 4096; ++i) scene.set_query(i, 127);
  scene.alive = {0xFFFF};
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
  const QueryArgs keep_all = scene.args(-std::numeric_limits<float>::infinity(), 0.0F);
  Masks masks{0};
  std::vector<std::int32_t> products(kBlockRows);
  run_batch(tier(), scene, {keep_all}, masks, products);
  EXPECT_EQ(products, std::vector<std::int32_t>(kBlockRows, 15 * 127 * 4096));
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
