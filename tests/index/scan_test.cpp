#include "index/scan.hpp"

#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "errors.hpp"
#include "index/coded.hpp"
#include "index/seed.hpp"
#include "kernels/tiers.hpp"

namespace morgiana::index {
namespace {

using test::Vector;

std::vector<Vector> units(std::uint32_t dim, std::size_t count, std::uint64_t seed) {
  test::Vectors vectors(dim, seed);
  std::vector<Vector> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(vectors.unit());
  return all;
}

class EveryTierScans : public kernels::EveryTier {};
INSTANTIATE_TEST_SUITE_P(Scan, EveryTierScans, ::testing::ValuesIn(kernels::available()),
                         kernels::tier_name);

TEST(NumTasks, AreTwoAThreadOfAMebibyteEachOrFewer) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  EXPECT_EQ(num_tasks(1000 * kMiB, 1), 1U);
  EXPECT_EQ(num_tasks(1000 * kMiB, 2), 4U);
  EXPECT_EQ(num_tasks(0, 2), 1U);
  EXPECT_EQ(num_tasks(2 * kMiB - 1, 2), 1U);
  EXPECT_EQ(num_tasks(2 * kMiB, 2), 2U);
  EXPECT_EQ(num_tasks(4 * kMiB - 1, 2), 2U) << "three tasks would leave one thread idle";
  EXPECT_EQ(num_tasks(4 * kMiB, 2), 4U);
  EXPECT_EQ(num_tasks(3 * kMiB, 8), 3U);
  EXPECT_EQ(num_tasks(15 * kMiB, 8), 8U);
  EXPECT_EQ(num_tasks(16 * kMiB, 8), 16U);
  EXPECT_EQ(num_tasks(4 * kMiB, std::numeric_limits<unsigned>::max()), 4U);
}

TEST_P(EveryTierScans, SurvivorsAreTheSameInEveryTierWithAnyThreadsAndParts) {
  for (const std::uint32_t dim : {64U, 200U, 513U}) {
    const Rotation rotation(dim, seed(1));
    Coded coded(rotation, {dim}, 7);
    coded.add(units(dim, 7'000'000 / dim, dim));
    const std::size_t bytes = coded.index().view()->num_blocks() * Layout{dim}.num_lines() * 128;
    ASSERT_EQ(num_tasks(bytes, 8), 3U);
    for (const float threshold : {0.2F, 0.35F, 0.5F}) {
      const Query query = make_query(rotation, units(dim, 1, 99)[0], threshold);
      const auto expected = keys_of(coded.scan(kernels::named("scalar"), query));
      for (const unsigned threads : {1U, 2U, 8U}) {
        const Scanned found =
            coded.scan(tier(), query, kEveryCohort, {.executor = {}, .max_threads = threads});
        EXPECT_EQ(keys_of(found), expected) << dim << " " << threshold << " " << threads;
      }
    }
  }
}

TEST_P(EveryTierScans, ABatchFindsWhatItsQueriesFindAlone) {
  for (const std::uint32_t dim : {64U, 200U, 513U}) {
    const Rotation rotation(dim, seed(1));
    for (const bool has_residual : {true, false}) {
      Coded coded(rotation, {.dim = dim, .has_residual = has_residual}, 7);
      coded.add(units(dim, 3000, dim), 0b01);
      coded.add(units(dim, 3001, dim + 1), 0b10);
      std::vector<Query> queries;
      for (const Vector& probe : units(dim, 13, 99)) {
        queries.push_back(make_query(rotation, probe, queries.size() % 2 == 0 ? 0.2F : 0.35F));
      }
      queries.push_back(keep_all({dim}));
      for (const std::uint64_t cohorts : {kEveryCohort, std::uint64_t{0b10}}) {
        const auto view = coded.index().view();
        const parallel::Deadline none(std::nullopt);
        const ScanOptions options{tier(), cohorts, none};
        for (const BlockRange range : {BlockRange{0, view->num_blocks()}, BlockRange{13, 200}}) {
          for (const unsigned threads : {1U, 2U, 8U}) {
            const auto found = search(*view, queries, range, options, {.max_threads = threads});
            ASSERT_EQ(found.size(), queries.size());
            for (std::size_t i = 0; i < queries.size(); ++i) {
              // Alone, with both planes first, as a batch has them.
              Scanned alone = scan(*view, queries[i], range, options);
              EXPECT_EQ(found[i].compared.num_references, alone.compared.num_references);
              EXPECT_EQ(found[i].compared.num_subjects, alone.compared.num_subjects);
              const auto keys = keys_of(found[i]);
              const auto expected = keys_of(alone);
              EXPECT_TRUE(std::includes(keys.begin(), keys.end(), expected.begin(), expected.end()))
                  << dim << ", query " << i << ", " << threads << " threads";
              EXPECT_LE(keys.size(), expected.size() + expected.size() / 4 + 8);
            }
          }
        }
      }
    }
  }
}

TEST_P(EveryTierScans, EachStepLeavesNoMoreThanTheOneBefore) {
  const Rotation rotation(512, seed(1));
  Coded coded(rotation, {512}, 64);
  coded.add(units(512, 20'000, 1));
  const auto left = coded.scan(tier(), make_query(rotation, units(512, 1, 99)[0], 0.5F)).num_left;
  EXPECT_GT(left[kernels::kHighPlane], 0U);
  EXPECT_LT(left[kernels::kHighPlane], 200U);  // 0.1 % of isotropic strangers at 0.5
  EXPECT_EQ(left[kernels::kBothPlanes], 0U);
  EXPECT_EQ(left[kernels::kResidual], 0U);
}

TEST_P(EveryTierScans, TheResidualStepDropsMostOfWhatBothPlanesLeave) {
  const Rotation rotation(128, seed(1));
  const std::vector<Vector> all = units(128, 20'000, 1);
  const Query query = make_query(rotation, units(128, 1, 99)[0], 0.25F);
  Coded with(rotation, {128}, 64);
  Coded without(rotation, {.dim = 128, .has_residual = false}, 64);
  with.add(all);
  without.add(all);
  const auto few = keys_of(with.scan(tier(), query));
  const auto many = keys_of(without.scan(tier(), query));
  EXPECT_LT(2 * few.size(), many.size());
  EXPECT_TRUE(std::includes(many.begin(), many.end(), few.begin(), few.end()));
}

TEST_P(EveryTierScans, ComparesOnlyTheCohortsAskedForAndCountsThem) {
  const Rotation rotation(64, seed(1));
  Coded coded(rotation, {64});
  coded.add(units(64, 100, 1), 0b001);
  coded.add(units(64, 50, 2), 0b110);
  const Query all = keep_all({64});
  EXPECT_EQ(coded.scan(tier(), all, 0b001).survivors.size(), 100U);
  EXPECT_EQ(coded.scan(tier(), all, 0b010).survivors.size(), 50U);
  EXPECT_EQ(coded.scan(tier(), all, 0b011).survivors.size(), 150U);
  EXPECT_EQ(coded.scan(tier(), all, 0b1000).survivors.size(), 0U);
  EXPECT_EQ(coded.scan(tier(), all, 0b010).compared.num_references, 50U);
  EXPECT_EQ(coded.scan(tier(), all, 0b1000).compared.num_references, 0U);
}

TEST(Scan, HandsOutTheVectorsOfAnIndexThatKeepsThem) {
  const Rotation rotation(100, seed(1));
  Coded coded(rotation, {.dim = 100, .has_residual = true, .has_values = true});
  const std::vector<Vector> all = units(100, 77, 1);
  coded.add(all);
  const auto view = coded.index().view();  // as long as it lives
  const Scanned found = coded.scan(kernels::chosen(), keep_all(view->layout()));
  ASSERT_EQ(found.survivors.size(), all.size());
  for (const Survivor& survivor : found.survivors) {
    EXPECT_EQ(Vector(survivor.values, survivor.values + 100), all[survivor.key]);
  }
}

TEST(Scan, StopsAtTheDeadline) {
  const Rotation rotation(64, seed(1));
  Coded coded(rotation, {64});
  coded.add(units(64, 100, 1));
  const Execution past{.executor = {}, .deadline = std::chrono::steady_clock::now()};
  EXPECT_ERRC(coded.scan(kernels::chosen(), keep_all({64}), kEveryCohort, past),
              Errc::deadline_exceeded);
}

TEST(Scan, FindsWhatLiesBeyondFourGigabytes) {
  const Layout layout{.dim = 4096, .has_residual = true, .has_values = true};
  constexpr std::size_t kBlocks = 20'000;
  ASSERT_GT(kBlocks * kernels::kBlockRows * layout.residual_bytes(), std::uint64_t{1} << 29);
  ASSERT_GT(kBlocks * kernels::kBlockRows * layout.dim * sizeof(float), std::uint64_t{1} << 32);
  Segment segment(layout, kBlocks);  // the system gives memory only to what is written
  const Vector x = units(4096, 1, 1)[0];
  const Rotation rotation(4096, seed(1));
  Vector rotated(4096);
  rotation.apply(x, rotated);
  Code code(4096);
  encode(rotated, code);
  const std::size_t row = kBlocks * kernels::kBlockRows - 3;
  segment.put(row, {42, kEveryCohort, code, x});
  EXPECT_EQ(segment.values[row * 4096 + 17], x[17]);
  Segment copy(layout, 1);
  copy.copy_row(5, segment, row);
  EXPECT_EQ(copy.keys[5], 42U);
  EXPECT_EQ(copy.residual[5 * layout.residual_bytes() + 9],
            segment.residual[row * layout.residual_bytes() + 9]);
  EXPECT_EQ(Vector(copy.values + 5 * 4096, copy.values + 6 * 4096), x);
}

}  // namespace
}  // namespace morgiana::index
