#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/guarded.hpp"
#include "kernels/tiers.hpp"
#include "random.hpp"

namespace morgiana::kernels {
namespace {

constexpr std::size_t kDims[] = {1,  7,  8,   15,  16,  17,  31,  32,
                                 33, 40, 128, 200, 512, 513, 529, 4096};
constexpr float kHalfSteps = 1 / 0.16F;

class EveryTierCodes : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Coding, EveryTierCodes, ::testing::ValuesIn(available()), tier_name);

/// A Gaussian, with values on and beyond the edges of cells.
std::vector<float> values_of(std::size_t dim, std::uint64_t seed) {
  std::vector<float> values = test::Vectors(static_cast<std::uint32_t>(dim), seed).gaussian();
  for (std::size_t i = seed % 5; i < dim; i += 5) {
    const int step = static_cast<int>((seed + i) % 41) - 20;
    values[i] = static_cast<float>(step) / kHalfSteps;
  }
  return values;
}

/// Vectors that end at a guard page, coded by a tier.
struct Coded {
  Coded(const KernelTable& tier, const std::vector<float>& values)
      : y(values.size() * sizeof(float)), levels(values.size()), residual(values.size()) {
    std::copy(values.begin(), values.end(), y.as<float>());
    tier.quantise(y.as<float>(), values.size(), kHalfSteps, levels.as<std::uint8_t>(),
                  residual.as<std::uint8_t>(), sums);
  }
  test::Guarded y;
  test::Guarded levels;
  test::Guarded residual;
  LevelSums sums;
};

int cell_of(float half_steps) {
  return static_cast<int>(std::clamp(std::floor(0.5F * half_steps + 8), 0.0F, 15.0F));
}

TEST_P(EveryTierCodes, LevelsAreThoseWhoseCellsHoldTheValue) {
  for (const std::size_t dim : kDims) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const std::vector<float> y = values_of(dim, seed);
      Coded coded(tier(), y);
      for (std::size_t i = 0; i < dim; ++i) {
        const float half_steps = y[i] * kHalfSteps;
        const int k = cell_of(half_steps);
        ASSERT_EQ(coded.levels.as<std::uint8_t>()[i], k) << dim << " " << i;
        ASSERT_EQ(coded.residual.as<std::uint8_t>()[i],
                  cell_of(4 * (half_steps - static_cast<float>(2 * k - 15))))
            << dim << " " << i;
      }
    }
  }
}

int level_of(Coded& coded, std::size_t dim, std::size_t depth, std::size_t i) {
  const int k = coded.levels.as<std::uint8_t>()[i];
  if (depth == kSigns) return i >= num_sign_dims(dim) ? 0 : 2 * (k / 8) - 1;
  if (depth == kHighPlane) return 2 * (k / 4) - 3;
  if (depth == kBothPlanes) return 2 * k - 15;
  return 4 * (2 * k - 15) + 2 * coded.residual.as<std::uint8_t>()[i] - 15;
}

TEST_P(EveryTierCodes, SumsHaveTheBitsOfTheirDefinitionAtEveryLength) {
  for (const std::size_t dim : kDims) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const std::vector<float> y = values_of(dim, seed);
      Coded coded(tier(), y);
      for (std::size_t depth = 0; depth < kNumDepths; ++depth) {
        double lane[8] = {};
        std::int32_t squares = 0;
        for (std::size_t i = 0; i < dim; ++i) {
          const int level = level_of(coded, dim, depth, i);
          lane[i % 8] += double{y[i]} * level;
          squares += level * level;
        }
        const double product = ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
                               ((lane[1] + lane[5]) + (lane[3] + lane[7]));
        ASSERT_EQ(std::bit_cast<std::uint64_t>(coded.sums.products[depth]),
                  std::bit_cast<std::uint64_t>(product))
            << dim << " " << depth;
        ASSERT_EQ(coded.sums.squares[depth], squares) << dim << " " << depth;
      }
    }
  }
}

/// Values and scales that end at guard pages, transformed by a tier.
std::vector<float> transformed(const KernelTable& tier, const std::vector<float>& values,
                               const std::vector<float>& scale) {
  test::Guarded in_place(values.size() * sizeof(float));
  test::Guarded scales(values.size() * sizeof(float));
  std::copy(values.begin(), values.end(), in_place.as<float>());
  std::copy(scale.begin(), scale.end(), scales.as<float>());
  tier.hadamard(in_place.as<float>(), scales.as<float>(), values.size());
  return {in_place.as<float>(), in_place.as<float>() + values.size()};
}

class EveryTierTransforms : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Coding, EveryTierTransforms, ::testing::ValuesIn(available()), tier_name);

TEST_P(EveryTierTransforms, HadamardHasTheBitsOfTheSumsStageByStage) {
  for (std::size_t size = 8; size <= 4096; size *= 2) {
    const std::vector<float> values = test::Vectors(static_cast<std::uint32_t>(size), 1).gaussian();
    const std::vector<float> scale = test::Vectors(static_cast<std::uint32_t>(size), 2).gaussian();
    std::vector<float> expected(size);
    for (std::size_t i = 0; i < size; ++i) expected[i] = values[i] * scale[i];
    for (std::size_t part = 1; part < size; part *= 2) {
      const std::vector<float> before = expected;
      for (std::size_t i = 0; i < size; ++i) {
        expected[i] = (i & part) == 0 ? before[i] + before[i + part] : before[i - part] - before[i];
      }
    }
    ASSERT_EQ(transformed(tier(), values, scale), expected) << size;
  }
}

TEST_P(EveryTierTransforms, HadamardIsItsMatrix) {
  constexpr std::size_t kSize = 64;
  std::vector<float> expected(kSize);
  for (std::size_t row = 0; row < kSize; ++row) {
    for (std::size_t column = 0; column < kSize; ++column) {
      const int sign = std::popcount(row & column) % 2 == 0 ? 1 : -1;
      expected[row] += static_cast<float>(sign * static_cast<int>(column * column));
    }
  }
  std::vector<float> values(kSize);
  for (std::size_t i = 0; i < kSize; ++i) values[i] = static_cast<float>(i * i);
  EXPECT_EQ(transformed(tier(), values, std::vector<float>(kSize, 1.0F)), expected);
}

}  // namespace
}  // namespace morgiana::kernels
