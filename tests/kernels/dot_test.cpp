#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/guarded.hpp"
#include "kernels/tiers.hpp"
#include "random.hpp"

namespace morgiana::kernels {
namespace {

constexpr std::size_t kDims[] = {1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 512, 513, 1000, 2048};

class EveryTierMultiplies : public EveryTier {};
INSTANTIATE_TEST_SUITE_P(Dot, EveryTierMultiplies, ::testing::ValuesIn(available()), tier_name);

/// Both vectors end at a guard page, at an odd address of floats.
struct Pair {
  explicit Pair(std::size_t dim, std::uint64_t seed)
      : a(dim * sizeof(float)), b(dim * sizeof(float)) {
    test::Vectors vectors(static_cast<std::uint32_t>(dim), seed);
    const test::Vector x = vectors.gaussian();
    const test::Vector y = vectors.gaussian();
    std::copy(x.begin(), x.end(), a.as<float>());
    std::copy(y.begin(), y.end(), b.as<float>());
  }
  test::Guarded a;
  test::Guarded b;
};

/// The contract, word by word: eight lanes, one tree.
double by_definition(const float* a, const float* b, std::size_t dim) {
  double lane[8] = {};
  for (std::size_t i = 0; i < dim; ++i) lane[i % 8] += double{a[i]} * double{b[i]};
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

TEST_P(EveryTierMultiplies, DotHasTheBitsOfItsDefinitionAtEveryLength) {
  for (const std::size_t dim : kDims) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      Pair pair(dim, seed);
      const double expected = by_definition(pair.a.as<float>(), pair.b.as<float>(), dim);
      const double got = tier().dot(pair.a.as<float>(), pair.b.as<float>(), dim);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(expected)) << dim;
    }
  }
}

TEST_P(EveryTierMultiplies, DotIsWithinTheDerivedBoundOfTheExactProduct) {
  for (const std::size_t dim : kDims) {
    Pair pair(dim, 7);
    long double exact = 0;
    long double magnitude = 0;
    for (std::size_t i = 0; i < dim; ++i) {
      const long double product =
          static_cast<long double>(pair.a.as<float>()[i]) * pair.b.as<float>()[i];
      exact += product;
      magnitude += std::abs(product);
    }
    const auto additions = static_cast<long double>(dim / 8 + 3);
    const double got = tier().dot(pair.a.as<float>(), pair.b.as<float>(), dim);
    EXPECT_LE(std::abs(got - exact), additions * 0x1p-53L * magnitude) << dim;
  }
}

TEST_P(EveryTierMultiplies, DotReadsNothingBehindTheLastElement) {
  std::vector<float> a(9, std::numeric_limits<float>::quiet_NaN());
  std::vector<float> b(9, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t dim = 1; dim < 9; ++dim) {
    a[dim - 1] = 1;
    b[dim - 1] = 2;
    EXPECT_EQ(tier().dot(a.data(), b.data(), dim), 2.0 * static_cast<double>(dim));
  }
}

}  // namespace
}  // namespace morgiana::kernels
