// The probable bound rests on one coordinate of a uniform direction: is it, under our rotation?

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "index/code.hpp"
#include "index/query.hpp"
#include "index/rotation.hpp"
#include "index/seed.hpp"
#include "lfw.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

constexpr std::uint32_t kDim = 128;
constexpr std::array<double, 3> kDeviations = {3, 4, 5};

/// A reference as the bound sees it: itself, the unit direction u of its high plane, and where that
/// lies: y = along·u + across·v.
struct Reference {
  std::array<float, kDim> y;
  std::array<float, kDim> u;
  float along;
  float across;
};

Reference reference_of(const Rotation& rotation, const Vector& x) {
  Reference made{};
  rotation.apply(x, made.y);
  Code code(kDim);
  encode(made.y, code);
  const CodeBound bound = code.bounds[kernels::kHighPlane];
  const float norm = std::hypot(bound.cos_norm, bound.sin_norm);
  made.along = bound.cos_norm / norm;
  made.across = bound.sin_norm / norm;
  for (std::size_t i = 0; i < kDim; ++i) {
    made.u[i] = static_cast<float>(2 * (code.levels[i] / 4) - 3) / norm;
  }
  return made;
}

__attribute__((optimize("O3", "fast-math"))) float product(const float* a, const float* b) {
  float sum = 0;
  for (std::size_t i = 0; i < kDim; ++i) sum += a[i] * b[i];
  return sum;
}

struct Tail {
  std::array<std::uint64_t, kDeviations.size()> beyond{};
  std::uint64_t beyond_share = 0;  // that a search at 1e-9 would have missed
  std::uint64_t num_pairs = 0;

  void count(const Reference& reference, const float* z) {
    const float score = product(z, reference.y.data());
    if (std::abs(score) > 0.95F) return;  // itself, or a copy: there is no direction to speak of
    const float t = (product(z, reference.u.data()) - score * reference.along) /
                    (reference.across * std::sqrt(1 - score * score));
    const float deviation = std::sqrt(kDim - 1.0F);
    for (std::size_t i = 0; i < kDeviations.size(); ++i) {
      beyond[i] += -t * deviation > static_cast<float>(kDeviations[i]) ? 1U : 0U;
    }
    beyond_share += -t > static_cast<float>(residual_share(kDim, 1e-9)) ? 1U : 0U;
    ++num_pairs;
  }
};

Tail measure(const std::vector<Vector>& all, std::size_t num_probes) {
  const Rotation rotation(kDim, seed(6));
  std::vector<Reference> references;
  for (const Vector& x : all) references.push_back(reference_of(rotation, x));
  std::array<Tail, 2> halves;
  std::vector<std::thread> threads;
  for (std::size_t half = 0; half < halves.size(); ++half) {
    threads.emplace_back([&, half] {
      for (std::size_t i = half; i < num_probes; i += halves.size()) {
        for (const Reference& reference : references) {
          halves[half].count(reference, references[i].y.data());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Tail sum = halves[0];
  for (std::size_t i = 0; i < kDeviations.size(); ++i) sum.beyond[i] += halves[1].beyond[i];
  sum.beyond_share += halves[1].beyond_share;
  sum.num_pairs += halves[1].num_pairs;
  return sum;
}

/// P(t >= deviations/√(dim-1)) of one coordinate in dim - 1 dimensions, by summing its density.
double expected_share(double deviations) {
  constexpr int kSteps = 400'000;
  const double least = deviations / std::sqrt(kDim - 1.0);
  double all = 0;
  double beyond = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double t = -1 + (2 * i + 1.0) / kSteps;
    const double density = std::pow(1 - t * t, (kDim - 4.0) / 2);
    all += density;
    if (t >= least) beyond += density;
  }
  return beyond / all;
}

void check(const Tail& tail) {
  EXPECT_GE(tail.num_pairs, 100'000'000U);
  // Pairs share probes and references, so counts scatter more than independent ones would.
  constexpr std::array<double, 3> kTolerance = {0.05, 0.15, 0.75};
  for (std::size_t i = 0; i < kDeviations.size(); ++i) {
    const double expected = expected_share(kDeviations[i]) * static_cast<double>(tail.num_pairs);
    std::printf("beyond %.0f deviations: %llu of %llu pairs, expected %.1f\n", kDeviations[i],
                static_cast<unsigned long long>(tail.beyond[i]),
                static_cast<unsigned long long>(tail.num_pairs), expected);
    EXPECT_NEAR(static_cast<double>(tail.beyond[i]), expected, kTolerance[i] * expected);
  }
  EXPECT_EQ(tail.beyond_share, 0U);
}

TEST(Tail, OfIsotropicPairsIsThatOfAUniformDirection) {
  test::Vectors vectors(kDim, 77);
  std::vector<Vector> all;
  for (int i = 0; i < 10'002; ++i) all.push_back(vectors.unit());
  check(measure(all, all.size()));
}

TEST(Tail, OfRealPairsIsThatOfAUniformDirection) {
  const std::vector<Vector> all = test::lfw("sface128.f32.npy", kDim);
  if (all.empty()) GTEST_SKIP() << "the shared data is absent";
  check(measure(all, 7'600));
}

}  // namespace
}  // namespace morgiana::index
