#include "index/code.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "index/seed.hpp"
#include "random.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

struct Exact {
  long double cos_norm;
  long double sin_norm;
};

Exact exact_bound(const Vector& y, const std::vector<std::uint8_t>& codes) {
  long double product = 0;
  long double code_energy = 0;
  long double energy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const long double odd = 2 * codes[i] - 15;
    product += odd * y[i];
    code_energy += odd * odd;
    energy += static_cast<long double>(y[i]) * y[i];
  }
  const long double alpha = product / code_energy;
  long double rest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const long double error = y[i] - alpha * (2 * codes[i] - 15);
    rest += error * error;
  }
  return {product / std::sqrt(energy), std::sqrt(code_energy * rest / energy)};
}

std::vector<Vector> awkward(std::uint32_t dim) {
  test::Vectors vectors(dim, dim);
  std::vector<Vector> all;
  for (int i = 0; i < 30; ++i) all.push_back(vectors.unit());
  all.push_back(Vector(dim, 0.05F));  // on a code's direction: no residual
  all.push_back(Vector(dim, -1e-20F));
  Vector hot(dim, 0.0F);
  hot[dim / 3] = -1;
  all.push_back(hot);
  Vector two(dim, 1e-6F);
  two[0] = 1;
  all.push_back(two);
  return all;
}

TEST(Code, BoundsAreOnTheSafeSideOfTheExactOnesAndTight) {
  for (const std::uint32_t dim : {32U, 64U, 513U, 4096U}) {
    for (const Vector& y : awkward(dim)) {
      std::vector<std::uint8_t> codes(dim);
      const CodeBound bound = encode(y, codes);
      const Exact exact = exact_bound(y, codes);
      EXPECT_LE(bound.cos_norm, exact.cos_norm);
      EXPECT_GE(bound.sin_norm, exact.sin_norm);
      EXPECT_NEAR(bound.cos_norm, static_cast<double>(exact.cos_norm), 1e-6 * bound.cos_norm);
      EXPECT_NEAR(bound.sin_norm, static_cast<double>(exact.sin_norm), 1e-6 * bound.cos_norm);
    }
  }
}

TEST(Code, FourBitsLeaveATenthOfAGaussianVector) {
  const Vector y = test::Vectors(512, 3).unit();
  std::vector<std::uint8_t> codes(512);
  const CodeBound bound = encode(y, codes);
  // Mean square error 0.01154 of sixteen uniform levels (Max 1960), so the sine is 0.107.
  EXPECT_NEAR(bound.sin_norm / std::hypot(bound.cos_norm, bound.sin_norm), 0.107, 0.02);
}

}  // namespace
}  // namespace morgiana::index
