#include "index/code_index.hpp"

#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "index/coded.hpp"
#include "index/seed.hpp"
#include "kernels/dispatch.hpp"
#include "types/reference_key.hpp"

namespace morgiana::index {
namespace {

constexpr std::uint32_t kDim = 33;
constexpr std::size_t kSegmentBlocks = 2;  // segments of 32 references, so that tests cross them

/// Every key that a view shows.
std::vector<std::uint64_t> keys(const CodeView& view) {
  const parallel::Deadline none(std::nullopt);
  return keys_of(scan(view, keep_all({kDim}), {0, view.num_blocks()},
                      {kernels::chosen(), kEveryCohort, none}));
}

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all(last - first);
  std::iota(all.begin(), all.end(), first);
  return all;
}

void append(Draft& draft, std::uint64_t first, std::uint64_t last) {
  const Code code(kDim);
  for (std::uint64_t key = first; key < last; ++key) draft.append({key, kEveryCohort, code, {}});
}

void add(CodeIndex& index, std::uint64_t first, std::uint64_t last) {
  Draft draft = index.draft();
  append(draft, first, last);
  index.publish(std::move(draft));
}

TEST(CodeIndex, ShowsWhatWasAppendedAcrossBlocksAndSegments) {
  for (const std::uint64_t step : {1U, 3U, 15U, 16U, 17U, 32U, 33U, 100U}) {
    CodeIndex index({kDim}, kSegmentBlocks);
    for (std::uint64_t first = 0; first < 100; first += step) {
      add(index, first, std::min<std::uint64_t>(first + step, 100));
    }
    EXPECT_EQ(keys(*index.view()), range(0, 100)) << step;
    EXPECT_EQ(index.view()->extent().num_references, 100U);
  }
}

TEST(CodeIndex, AViewNeverChanges) {
  CodeIndex index({kDim}, kSegmentBlocks);
  std::vector<std::shared_ptr<const CodeView>> views;
  for (std::uint64_t n = 0; n < 100; ++n) {
    views.push_back(index.view());
    add(index, n, n + 1);
  }
  Draft draft = index.draft();
  draft.erase(0, 99);
  index.publish(std::move(draft));
  for (std::uint64_t n = 0; n < 100; ++n) EXPECT_EQ(keys(*views[n]), range(0, n));
  EXPECT_TRUE(keys(*index.view()).empty());
}

TEST(CodeIndex, ADroppedDraftLeavesNothingBehind) {
  CodeIndex index({kDim}, kSegmentBlocks);
  add(index, 0, 20);
  {
    Draft dropped = index.draft();
    append(dropped, 1000, 1050);
    dropped.erase(0, 7);
  }
  EXPECT_EQ(keys(*index.view()), range(0, 20));
  add(index, 20, 70);
  EXPECT_EQ(keys(*index.view()), range(0, 70));
}

TEST(CodeIndex, ErasesARangeOfKeysAndCountsThem) {
  CodeIndex index({kDim}, kSegmentBlocks);
  add(index, 0, 90);
  for (const auto& [first, last] : {std::pair{30, 35}, std::pair{85, 200}, std::pair{31, 33}}) {
    Draft draft = index.draft();
    draft.erase(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last));
    index.publish(std::move(draft));
  }
  std::vector<std::uint64_t> expected = range(0, 30);
  for (const std::uint64_t key : range(36, 85)) expected.push_back(key);
  EXPECT_EQ(keys(*index.view()), expected);
  EXPECT_EQ(index.view()->extent().num_references, expected.size());
  add(index, 300, 310);
  EXPECT_EQ(index.view()->extent().num_references, expected.size() + 10);
}

void erase(CodeIndex& index, std::uint64_t first, std::uint64_t last) {
  Draft draft = index.draft();
  draft.erase(first, last);
  index.publish(std::move(draft));
}

void compact(CodeIndex& index) {
  Draft draft = index.draft();
  draft.compact();
  index.publish(std::move(draft));
}

TEST(CodeIndex, CompactGivesBackBlocksAndKeepsWhatIsAliveInOrder) {
  CodeIndex index({kDim}, 16);
  add(index, 0, 1000);
  const auto before = index.view();
  std::vector<std::uint64_t> expected;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    if (key % 3 == 0 || (key >= 400 && key < 600)) {
      erase(index, key, key);
    } else {
      expected.push_back(key);
    }
  }
  compact(index);
  EXPECT_EQ(keys(*index.view()), expected);
  EXPECT_EQ(keys(*before), range(0, 1000));
  EXPECT_LT(index.view()->bytes(), before->bytes() * 3 / 4);
  EXPECT_EQ(index.view()->extent().num_references, expected.size());
  const std::uint64_t bytes = index.view()->bytes();
  compact(index);
  EXPECT_EQ(index.view()->bytes(), bytes);
  erase(index, 610, 620);  // what moved can still be found by its key
  std::erase_if(expected, [](std::uint64_t key) { return key >= 610 && key <= 620; });
  EXPECT_EQ(keys(*index.view()), expected);
  add(index, 2000, 2050);
  for (const std::uint64_t key : range(2000, 2050)) expected.push_back(key);
  EXPECT_EQ(keys(*index.view()), expected);
}

TEST(CodeIndex, CompactCopiesEverythingThatBelongsToAReference) {
  const Layout layout{.dim = 70, .has_residual = true, .has_values = true};
  const Rotation rotation(70, seed(2));
  Coded coded(rotation, layout, 64);
  test::Vectors vectors(70, 1);
  std::vector<test::Vector> all;
  for (int i = 0; i < 400; ++i) all.push_back(vectors.unit());
  coded.add(all, 0b10);
  const Query query = make_query(rotation, all[201], 0.25F);
  auto expected = keys_of(coded.scan(kernels::chosen(), query));
  ASSERT_GT(expected.size(), 5U);
  std::erase_if(expected, [](std::uint64_t key) { return key < 200; });
  erase(coded.index(), 0, 199);
  compact(coded.index());
  const Scanned found = coded.scan(kernels::chosen(), query, 0b10);
  EXPECT_EQ(keys_of(found), expected);
  const auto view = coded.index().view();
  EXPECT_EQ(view->num_blocks(), 13U);
  for (const index::Run& run : view->runs()) {
    for (std::size_t row = 0; row < run.num_blocks * kernels::kBlockRows; ++row) {
      if (((*run.alive)[row / 16] >> row % 16 & 1) == 0) continue;
      const float* values = run.segment->values + row * 70;
      EXPECT_EQ(test::Vector(values, values + 70), all[run.segment->keys[row]]);
    }
  }
}

TEST(CodeIndex, CompactOfAnEmptiedIndexLeavesNothing) {
  CodeIndex index({kDim}, kSegmentBlocks);
  compact(index);
  add(index, 0, 64);
  erase(index, 0, 63);
  compact(index);
  EXPECT_EQ(index.view()->bytes(), 0U);
  add(index, 100, 120);
  EXPECT_EQ(keys(*index.view()), range(100, 120));
}

TEST(CodeIndex, CountsTheExtentOfARangeOfKeys) {
  CodeIndex index({kDim}, kSegmentBlocks);
  Draft draft = index.draft();
  const Code code(kDim);
  for (std::uint64_t subject = 1; subject <= 40; ++subject) {
    for (std::uint32_t number = 0; number < 3; ++number) {
      draft.append({reference_key(subject, number), subject % 2 == 0 ? 0b10U : 0b01U, code, {}});
    }
  }
  index.publish(std::move(draft));
  EXPECT_EQ(index.view()->extent().num_subjects, 40U);
  const auto view = index.view();
  const Extent all = view->extent(reference_key(5, 0), reference_key(8, 2), kEveryCohort);
  EXPECT_EQ(all.num_subjects, 4U);
  EXPECT_EQ(all.num_references, 12U);
  EXPECT_EQ(view->extent(reference_key(5, 0), reference_key(8, 2), 0b10).num_subjects, 2U);
  EXPECT_EQ(view->extent(reference_key(41, 0), reference_key(50, 2), kEveryCohort).num_subjects,
            0U);
}

TEST(CodeIndex, KeepsToTheBytesOfItsPlan) {
  struct Row {
    Layout layout;
    std::uint64_t most;  // bytes a reference; with 8 for the constants of the signs
  };
  for (const Row& row :
       {Row{{.dim = 512, .has_residual = false}, 290 + 8}, Row{{.dim = 512}, 560 + 8},
        Row{{.dim = 128}, 170}, Row{{.dim = 128, .has_residual = false}, 97}}) {
    CodeIndex index(row.layout);
    Draft draft = index.draft();
    const Code code(row.layout.dim);
    for (std::uint64_t key = 0; key < 160; ++key) draft.append({key, kEveryCohort, code, {}});
    index.publish(std::move(draft));
    EXPECT_LE(index.view()->bytes(), 160 * row.most);
    EXPECT_GE(index.view()->bytes(), 160 * row.layout.dim / 2);
  }
}

}  // namespace
}  // namespace morgiana::index
