#include "index/code_index.hpp"

#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "kernels/dispatch.hpp"

namespace morgiana::index {
namespace {

constexpr std::uint32_t kDim = 33;
constexpr std::size_t kSegmentBlocks = 2;  // segments of 32 references, so that tests cross them

/// Every key that a view shows.
std::vector<std::uint64_t> keys(const CodeView& view) {
  const float lowest = -std::numeric_limits<float>::infinity();
  const Query all{std::vector<std::int8_t>(40), 0, lowest, 0};
  std::vector<std::uint64_t> found;
  view.scan(kernels::chosen(), all, found);
  return found;
}

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all(last - first);
  std::iota(all.begin(), all.end(), first);
  return all;
}

void append(Draft& draft, std::uint64_t first, std::uint64_t last) {
  const std::vector<std::uint8_t> codes(kDim, 9);
  for (std::uint64_t key = first; key < last; ++key) draft.append(key, codes, {30.0F, 3.0F});
}

void add(CodeIndex& index, std::uint64_t first, std::uint64_t last) {
  Draft draft = index.draft();
  append(draft, first, last);
  index.publish(std::move(draft));
}

TEST(CodeIndex, ShowsWhatWasAppendedAcrossBlocksAndSegments) {
  for (const std::uint64_t step : {1U, 3U, 15U, 16U, 17U, 32U, 33U, 100U}) {
    CodeIndex index(kDim, kSegmentBlocks);
    for (std::uint64_t first = 0; first < 100; first += step) {
      add(index, first, std::min<std::uint64_t>(first + step, 100));
    }
    EXPECT_EQ(keys(*index.view()), range(0, 100)) << step;
    EXPECT_EQ(index.view()->num_references(), 100U);
  }
}

TEST(CodeIndex, AViewNeverChanges) {
  CodeIndex index(kDim, kSegmentBlocks);
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
  CodeIndex index(kDim, kSegmentBlocks);
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
  CodeIndex index(kDim, kSegmentBlocks);
  add(index, 0, 90);
  for (const auto& [first, last] : {std::pair{30, 35}, std::pair{85, 200}, std::pair{31, 33}}) {
    Draft draft = index.draft();
    draft.erase(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last));
    index.publish(std::move(draft));
  }
  std::vector<std::uint64_t> expected = range(0, 30);
  for (const std::uint64_t key : range(36, 85)) expected.push_back(key);
  EXPECT_EQ(keys(*index.view()), expected);
  EXPECT_EQ(index.view()->num_references(), expected.size());
  add(index, 300, 310);
  EXPECT_EQ(index.view()->num_references(), expected.size() + 10);
}

TEST(CodeIndex, CountsTheBytesOfItsBlocks) {
  CodeIndex index(512);
  const std::vector<std::uint8_t> codes(512, 9);
  Draft draft = index.draft();
  for (std::uint64_t key = 0; key < 160; ++key) draft.append(key, codes, {30.0F, 3.0F});
  index.publish(std::move(draft));
  EXPECT_LE(index.view()->bytes(), 160U * 290U);
  EXPECT_GE(index.view()->bytes(), 160U * 256U);
}

}  // namespace
}  // namespace morgiana::index
