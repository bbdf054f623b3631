#include "index/rotation.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "index/seed.hpp"
#include "random.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

Vector rotated(const Rotation& rotation, const Vector& x) {
  Vector y(x.size());
  rotation.apply(x, y);
  return y;
}

constexpr std::uint32_t kDims[] = {32, 33, 64, 128, 200, 512, 513, 1000, 1023, 4096};

TEST(Rotation, KeepsProductsWithinItsStatedError) {
  for (const std::uint32_t dim : kDims) {
    const Rotation rotation(dim, seed(1));
    test::Vectors vectors(dim, dim);
    for (int i = 0; i < 20; ++i) {
      const Vector a = vectors.unit();
      const Vector b = vectors.at_cosine(a, 0.1 * i - 1);
      const double drift = test::dot(rotated(rotation, a), rotated(rotation, b)) - test::dot(a, b);
      EXPECT_LE(std::abs(drift), 2.1 * rotation.relative_error()) << dim;
    }
  }
}

TEST(Rotation, SpreadsASingleDimensionOverAll) {
  for (const std::uint32_t dim : kDims) {
    const Rotation rotation(dim, seed(2));
    for (const std::uint32_t hot : {0U, dim / 2, dim - 1}) {
      Vector one_hot(dim, 0.0F);
      one_hot[hot] = 1;
      float largest = 0;
      for (const float value : rotated(rotation, one_hot)) {
        largest = std::max(largest, std::abs(value));
      }
      // A uniform direction passes this once in 10^12 at 33 dimensions, less often above.
      EXPECT_LT(largest, 7.5 / std::sqrt(dim) + (dim < 100 ? 0.2 : 0)) << dim << " " << hot;
    }
  }
}

TEST(Rotation, DependsOnItsSeed) {
  const Vector x = test::Vectors(128, 5).unit();
  EXPECT_EQ(rotated(Rotation(128, seed(1)), x), rotated(Rotation(128, seed(1)), x));
  EXPECT_LT(
      std::abs(test::dot(rotated(Rotation(128, seed(1)), x), rotated(Rotation(128, seed(2)), x))),
      0.6);
}

}  // namespace
}  // namespace morgiana::index
