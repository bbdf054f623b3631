#include "index/query.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "index/coded.hpp"
#include "index/exact_score.hpp"
#include "index/seed.hpp"
#include "kernels/tiers.hpp"
#include "morgiana/template.hpp"
#include "random.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

Vector as_template(std::uint32_t dim, const Vector& raw) {
  const Template made({"test", dim}, raw);
  return {made.values().begin(), made.values().end()};
}

/// A reference whose float score to the probe is `steps` float steps from the threshold.
Vector at_step(test::Vectors& vectors, const Vector& probe, float threshold, int steps) {
  const double step = std::nextafter(threshold, 2.0F) - threshold;
  Vector x = vectors.at_cosine(probe, threshold);
  const auto lever = std::max_element(probe.begin(), probe.end(),
                                      [](float a, float b) { return std::abs(a) < std::abs(b); }) -
                     probe.begin();
  const auto i = static_cast<std::size_t>(lever);
  const double missing = threshold + steps * step - test::dot(probe, x);
  x[i] += static_cast<float>(missing / probe[i]);
  return x;
}

/// What must be found, and what a careless bound loses first.
std::vector<Vector> adversaries(std::uint32_t dim, const Vector& probe, float threshold) {
  test::Vectors vectors(dim, dim * 31 + 7);
  std::vector<Vector> all;
  for (int i = 0; i < 200; ++i) all.push_back(at_step(vectors, probe, threshold, i % 5 - 2));
  for (int i = 0; i < 50; ++i) all.push_back(vectors.unit());
  all.push_back(probe);
  Vector antipode = probe;
  for (float& value : antipode) value = -value;
  all.push_back(antipode);
  for (const std::size_t hot : {std::size_t{0}, std::size_t{dim - 1}}) {
    Vector one_hot(dim, 0.0F);
    one_hot[hot] = 1;
    all.push_back(one_hot);
  }
  all.push_back(Vector(dim, 1.0F));
  for (Vector& x : all) x = as_template(dim, x);
  return all;
}

/// The angle whose cosine and sine the two coefficients are, up to the length of the levels.
double bound_angle(const Query& query) {
  return std::atan2(double{query.sin_bound}, double{query.cos_bound});
}

long double angle_to_levels(const Vector& rotated, const Query& query) {
  long double product = 0;
  long double levels = 0;
  long double energy = 0;
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    const long double level = query.levels[i];
    product += level * rotated[i];
    levels += level * level;
    energy += static_cast<long double>(rotated[i]) * rotated[i];
  }
  return std::acos(product / std::sqrt(levels * energy));
}

long double levels_norm(const Query& query) {
  long double energy = 0;
  for (const std::int8_t level : query.levels) energy += static_cast<long double>(level) * level;
  return std::sqrt(energy);
}

TEST(Query, BoundCoversEveryErrorOfItsBudgetAndLittleMore) {
  for (const std::uint32_t dim : {64U, 513U, 4096U}) {
    const Rotation rotation(dim, seed(5));
    const Vector probe = as_template(dim, test::Vectors(dim, dim).unit());
    Vector rotated(dim);
    rotation.apply(probe, rotated);
    for (const float threshold : {0.05F, 0.363F, 0.6F, 0.9F}) {
      const Query query = make_query(rotation, probe, threshold);
      // docs/numerics.md: the score's rounding, its summation, both norms; both rotations.
      const long double below = std::nextafter(threshold, -2.0F);
      const long double least = (threshold + below) / 2 - dim * 0x1p-53L - 0x1p-20L;
      const long double needed =
          std::acos(least) + 2 * rotation.relative_error() + angle_to_levels(rotated, query);
      EXPECT_GE(query.angle, needed) << dim << " " << threshold;
      // A conversion, two products and a difference in the kernel.
      const long double norm = levels_norm(query);
      EXPECT_LE(query.cos_bound, norm * (std::cos(needed) - 5 * 0x1p-24L)) << dim;
      EXPECT_GE(query.sin_bound, norm * (std::sin(needed) + 5 * 0x1p-24L)) << dim;
      EXPECT_LE(bound_angle(query), needed + 5e-6L) << dim << " " << threshold;
    }
  }
}

TEST(Query, LevelsBehindTheLastDimensionAreZero) {
  for (const std::uint32_t dim : {33U, 200U, 513U}) {
    const Rotation rotation(dim, seed(5));
    const Query query = make_query(rotation, test::Vectors(dim, dim).unit(), 0.5F);
    const std::size_t half = query.split_levels.size() / 2;
    for (std::size_t i = dim; i < query.levels.size(); ++i) EXPECT_EQ(query.levels[i], 0);
    for (std::size_t i = dim; i < 2 * half; ++i) {
      EXPECT_EQ(query.split_levels[i / 2 + i % 2 * half], 0) << dim;
    }
  }
}

TEST(Query, SumsAreOfTheLevelsAndOfThoseWithSigns) {
  for (const std::uint32_t dim : {64U, 200U, 513U, 1000U}) {
    const Rotation rotation(dim, seed(5));
    const Query query = make_query(rotation, test::Vectors(dim, dim).unit(), 0.5F);
    const auto sum_of_first = [&](std::size_t num) {
      return std::accumulate(query.levels.begin(),
                             query.levels.begin() + static_cast<std::ptrdiff_t>(num), 0);
    };
    EXPECT_EQ(query.level_sum, sum_of_first(dim));
    EXPECT_EQ(query.sign_sum, sum_of_first(kernels::num_sign_dims(dim)));
  }
}

TEST(Query, ProbableBoundIsBelowTheProvenOneByTheShareAlone) {
  const Rotation rotation(512, seed(5));
  const Vector probe = as_template(512, test::Vectors(512, 512).unit());
  const Query proven = make_query(rotation, probe, 0.5F);
  const Query probable = make_query(rotation, probe, 0.5F, 1e-9);
  EXPECT_EQ(proven.levels, probable.levels);
  EXPECT_LT(probable.sin_bound, 0.4F * proven.sin_bound);
  EXPECT_LT(probable.cos_bound, proven.cos_bound);  // the probe's own error is taken off in full
}

TEST(Query, ResidualShareCoversTheTailOfAUniformDirection) {
  // P(t >= share) of one coordinate in dim - 1 dimensions, by summing its density.
  for (const std::uint32_t dim : {32U, 128U, 512U, 4096U}) {
    for (const double miss : {1e-2, 1e-5, 1e-9, 1e-15}) {
      const double share = residual_share(dim, miss);
      const int steps = 200'000;
      long double all = 0;
      long double beyond = 0;
      for (int i = 0; i < steps; ++i) {
        const long double t = -1 + (2 * i + 1.0L) / steps;
        const long double density = std::pow(1 - t * t, (dim - 4.0L) / 2);
        all += density;
        if (t >= share) beyond += density;
      }
      EXPECT_LE(beyond / all, miss * 1.001) << dim << " " << miss;
      EXPECT_GE(beyond / all, miss / 40) << dim << " " << miss;
    }
  }
  EXPECT_EQ(residual_share(512, 0), 1);
}

class EveryTierAndDim
    : public ::testing::TestWithParam<std::tuple<const kernels::KernelTable*, std::uint32_t>> {};

std::set<std::uint64_t> scan(const kernels::KernelTable& tier, const std::vector<Vector>& all,
                             const Rotation& rotation, const Query& query) {
  Coded coded(rotation, {rotation.dim()});
  coded.add(all);
  const auto keys = keys_of(coded.scan(tier, query));
  return {keys.begin(), keys.end()};
}

std::vector<Vector> probes(std::uint32_t dim) {
  Vector one_hot(dim, 0.0F);
  one_hot[dim / 2] = 1;
  std::vector<Vector> all = {test::Vectors(dim, dim).unit(), one_hot, Vector(dim, 1.0F)};
  for (Vector& probe : all) probe = as_template(dim, probe);
  return all;
}

TEST_P(EveryTierAndDim, ScanLosesNoReferenceThatReachesTheThreshold) {
  const auto [tier, dim] = GetParam();
  const Rotation rotation(dim, seed(3));
  for (const Vector& probe : probes(dim)) {
    for (const float threshold : {-1.0F, -0.3F, 0.0F, 0.3F, 0.363F, 0.6F, 0.9F, 1.0F}) {
      const std::vector<Vector> all = adversaries(dim, probe, threshold);
      const auto kept = scan(*tier, all, rotation, make_query(rotation, probe, threshold));
      for (std::size_t key = 0; key < all.size(); ++key) {
        const Score score = exact_score(*tier, probe, all[key]);
        if (score.cosine >= threshold) {
          EXPECT_TRUE(kept.contains(key)) << "threshold " << threshold << " row " << key;
        }
      }
    }
  }
}

TEST_P(EveryTierAndDim, ScanDropsNearlyAllStrangers) {
  const auto [tier, dim] = GetParam();
  const Rotation rotation(dim, seed(4));
  test::Vectors vectors(dim, 11);
  std::vector<Vector> all;
  for (int i = 0; i < 1000; ++i) all.push_back(as_template(dim, vectors.unit()));
  const Vector probe = as_template(dim, vectors.unit());
  // A stranger's score has σ = 1/√dim: 0.125 at 64-D. The cones of code and probe add 0.12 rad, so
  // 0.75 asks for more than five σ there.
  EXPECT_LE(scan(*tier, all, rotation, make_query(rotation, probe, 0.75F)).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Tiers, EveryTierAndDim,
                         ::testing::Combine(::testing::ValuesIn(kernels::available()),
                                            ::testing::Values(64U, 128U, 200U, 512U, 513U, 1000U)),
                         [](const auto& all) {
                           return kernels::tier_name({std::get<0>(all.param), all.index}) + "_" +
                                  std::to_string(std::get<1>(all.param));
                         });

}  // namespace
}  // namespace morgiana::index
