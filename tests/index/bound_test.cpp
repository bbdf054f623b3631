#include <array>
#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "index/coded.hpp"
#include "index/exact_score.hpp"
#include "index/seed.hpp"
#include "index/kernel_args.hpp"
#include "kernels/tiers.hpp"
#include "morgiana/template.hpp"
#include "random.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

constexpr std::size_t kNumReferences = 40;

Vector as_template(const Vector& raw) {
  const Template made({"test", static_cast<std::uint32_t>(raw.size())}, raw);
  return {made.values().begin(), made.values().end()};
}

/// Undoes a rotation, by its transpose.
class Inverse {
 public:
  explicit Inverse(const Rotation& rotation) : columns_(rotation.dim(), Vector(rotation.dim())) {
    Vector unit(rotation.dim(), 0.0F);
    for (std::size_t i = 0; i < unit.size(); ++i) {
      unit[i] = 1;
      rotation.apply(unit, columns_[i]);
      unit[i] = 0;
    }
  }

  Vector of(const Vector& rotated) const {
    Vector made;
    for (const Vector& column : columns_) {
      made.push_back(static_cast<float>(test::dot(column, rotated)));
    }
    return made;
  }

 private:
  std::vector<Vector> columns_;
};

double level(const Code& code, std::size_t depth, std::size_t i) {
  const int both = 2 * code.levels[i] - 15;
  switch (depth) {
    case kernels::kSigns:
      return i >= kernels::num_sign_dims(code.levels.size()) ? 0 : both > 0 ? 1 : -1;
    case kernels::kHighPlane: return 2 * (code.levels[i] / 4) - 3;
    case kernels::kBothPlanes: return both;
    default: return 4 * both + 2 * code.residual[i] - 15;
  }
}

/// A rotated probe at this cosine to y that the code of y tells least of: on the far side of y. Its
/// values are whole levels of eight bits, so that nothing is lost where a query is made of it.
Vector farthest(const Vector& y, const Code& code, std::size_t depth, double cosine) {
  double along = 0;  // the code's share of y, which has length 1
  for (std::size_t i = 0; i < y.size(); ++i) along += y[i] * level(code, depth, i);
  Vector across(y.size());
  double energy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    across[i] = static_cast<float>(level(code, depth, i) - along * y[i]);
    energy += double{across[i]} * across[i];
  }
  Vector probe(y.size());
  float largest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    probe[i] =
        static_cast<float>(cosine * y[i] - std::sqrt((1 - cosine * cosine) / energy) * across[i]);
    largest = std::max(largest, std::abs(probe[i]));
  }
  for (float& value : probe) value = std::nearbyint(value / largest * 127);
  return test::Vectors::normalised(probe);
}

class EveryTierAtTheBound
    : public ::testing::TestWithParam<std::tuple<const kernels::KernelTable*, std::uint32_t>> {
 protected:
  /// Whether a depth keeps a row, by its kernel alone.
  static bool keeps(const Segment& segment, std::size_t row, const Query& query,
                    std::size_t depth) {
    const kernels::KernelTable& tier = *std::get<0>(GetParam());
    const std::size_t block = row / kernels::kBlockRows;
    const kernels::Codes codes = codes_of(segment, block, 1);
    const kernels::QueryArgs args = args_of(query);
    std::uint16_t mask = 0xFFFF;
    std::array<std::int32_t, kernels::kBlockRows> products;
    if (depth == kernels::kSigns) tier.narrow_signs(codes, args, &mask);
    if (depth == kernels::kHighPlane) tier.narrow_high(codes, args, &mask);
    if (depth == kernels::kBothPlanes) tier.narrow_both(codes, args, &mask, products.data());
    if (depth == kernels::kResidual) {
      std::uint16_t all = mask;
      tier.narrow_both(codes, args, &all, products.data());
      tier.narrow_residual(codes, args, &mask, products.data());
    }
    return (mask >> row % kernels::kBlockRows & 1) != 0;
  }
};

TEST_P(EveryTierAtTheBound, NoDepthDropsAScoreAtTheThresholdWhereItsCodeMisleadsMost) {
  const std::uint32_t dim = std::get<1>(GetParam());
  const Rotation rotation(dim, seed(6));
  const Inverse inverse(rotation);
  test::Vectors vectors(dim, dim);
  Segment segment({dim}, kNumReferences / kernels::kBlockRows + 1);
  std::size_t num_dropped_above = 0;
  std::size_t num_asked = 0;
  for (std::size_t row = 0; row < kNumReferences; ++row) {
    const Vector x = as_template(vectors.unit());
    Vector y(dim);
    rotation.apply(x, y);
    Code code(dim);
    encode(y, code);
    segment.put(row, {row, kEveryCohort, code, x});
    for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
      if (depth == kernels::kSigns && !segment.layout.has_signs()) continue;
      for (const double cosine : {0.3, 0.6, 0.9}) {
        const Vector probe = as_template(inverse.of(farthest(y, code, depth, cosine)));
        const float score = exact_score(*std::get<0>(GetParam()), probe, x).cosine;
        ASSERT_TRUE(keeps(segment, row, make_query(rotation, probe, score), depth))
            << "row " << row << ", depth " << depth << ", score " << score;
        const Query above = make_query(rotation, probe, score + 0.003F);
        num_dropped_above += keeps(segment, row, above, depth) ? 0U : 1U;
        ++num_asked;
      }
    }
  }
  // So these probes are where the bound is, and not far inside.
  EXPECT_GT(num_dropped_above, num_asked * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Tiers, EveryTierAtTheBound,
                         ::testing::Combine(::testing::ValuesIn(kernels::available()),
                                            ::testing::Values(200U, 256U, 512U, 513U)),
                         [](const auto& all) {
                           return kernels::tier_name({std::get<0>(all.param), all.index}) + "_" +
                                  std::to_string(std::get<1>(all.param));
                         });

}  // namespace
}  // namespace morgiana::index
