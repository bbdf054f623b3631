#include "index/code.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "index/seed.hpp"
#include "random.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

int level(const Code& code, std::size_t depth, std::size_t i) {
  const int both = 2 * code.levels[i] - 15;
  if (depth == kernels::kSigns) {
    const std::size_t num_signs = kernels::num_sign_dims(code.levels.size());
    return i >= num_signs ? 0 : both > 0 ? 1 : -1;
  }
  if (depth == kernels::kHighPlane) return 2 * (code.levels[i] / 4) - 3;
  return depth == kernels::kBothPlanes ? both : 4 * both + 2 * code.residual[i] - 15;
}

struct Exact {
  long double cos_norm;
  long double sin_norm;
};

Exact exact_bound(const Vector& y, const Code& code, std::size_t depth) {
  long double product = 0;
  long double code_energy = 0;
  long double energy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const long double c = level(code, depth, i);
    product += c * y[i];
    code_energy += c * c;
    energy += static_cast<long double>(y[i]) * y[i];
  }
  const long double alpha = product / code_energy;
  long double rest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const long double error = y[i] - alpha * level(code, depth, i);
    rest += error * error;
  }
  return {product / std::sqrt(energy), std::sqrt(code_energy * rest / energy)};
}

std::vector<Vector> awkward(std::uint32_t dim) {
  test::Vectors vectors(dim, dim);
  std::vector<Vector> all;
  for (int i = 0; i < 30; ++i) all.push_back(vectors.unit());
  all.push_back(Vector(dim, 0.05F));
  all.push_back(Vector(dim, -1e-20F));
  Vector hot(dim, 0.0F);
  hot[dim / 3] = -1;
  all.push_back(hot);
  Vector two(dim, 1e-6F);
  two[0] = 1;
  all.push_back(two);
  return all;
}

TEST(Code, BoundsAreOnTheSafeSideOfTheExactOnesAndTightAtEveryDepth) {
  for (const std::uint32_t dim : {32U, 64U, 513U, 4096U}) {
    for (const Vector& y : awkward(dim)) {
      Code code(dim);
      encode(y, code);
      for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
        const CodeBound bound = code.bounds[depth];
        const Exact exact = exact_bound(y, code, depth);
        EXPECT_LE(bound.cos_norm, exact.cos_norm);
        EXPECT_GE(bound.sin_norm, exact.sin_norm);
        const double tight = 1e-6 * std::hypot(bound.cos_norm, bound.sin_norm);
        EXPECT_NEAR(bound.cos_norm, static_cast<double>(exact.cos_norm), tight);
        EXPECT_NEAR(bound.sin_norm, static_cast<double>(exact.sin_norm), tight);
      }
    }
  }
}

TEST(Code, SignsAreOfWholeLinesAndNothingElse) {
  EXPECT_EQ(kernels::num_sign_dims(512), 512U);
  EXPECT_EQ(kernels::num_sign_dims(513), 512U);
  EXPECT_EQ(kernels::num_sign_dims(528), 512U);
  EXPECT_EQ(kernels::num_sign_dims(529), 529U);  // its last line has a partner, padded
  EXPECT_EQ(kernels::num_sign_dims(32), 32U);
  EXPECT_EQ(kernels::num_sign_dims(40), 32U);
}

TEST(Code, EveryDepthHasTheSignsOfItsVector) {
  for (const Vector& y : awkward(200)) {
    Code code(200);
    encode(y, code);
    for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
      for (std::size_t i = 0; i < y.size(); ++i) {
        if (level(code, depth, i) == 0) continue;  // of the signs, behind their last line
        EXPECT_EQ(level(code, depth, i) > 0, y[i] >= 0) << depth << " " << y[i];
      }
    }
  }
}

TEST(Code, EachDepthLeavesWhatItsLevelsLeaveOfAGaussian) {
  const Vector y = test::Vectors(4096, 3).unit();
  Code code(4096);
  encode(y, code);
  // Sines of the residual for signs, √(1 − 2/π), and for steps of 1.28, 0.32 and 0.08 of a
  // Gaussian's deviation, by integration over its cells, clipped at ±2.56 and ±2.88.
  constexpr double kExpected[] = {0.603, 0.366, 0.107, 0.028};
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    const CodeBound bound = code.bounds[depth];
    EXPECT_NEAR(bound.sin_norm / std::hypot(bound.cos_norm, bound.sin_norm), kExpected[depth],
                0.1 * kExpected[depth]);
  }
}

}  // namespace
}  // namespace morgiana::index
