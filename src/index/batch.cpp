#include "index/batch.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "index/chunk.hpp"
#include "index/kernel_args.hpp"
#include "kernels/narrow_groups.hpp"

namespace morgiana::index {
namespace {

using kernels::kBlockRows;

/// Blocks of one call: the masks and products of all queries stay in the second-level cache.
constexpr std::size_t kChunkBlocks = 8;
static_assert(kChunkBlocks % kernels::kBatchBlocks == 0);

struct Line {
  alignas(kernels::kLineBytes) std::array<std::uint8_t, kernels::kLineBytes> bytes;
};

class BatchScan {
 public:
  BatchScan(const Layout& layout, std::span<const Query> queries, const ScanOptions& options)
      : layout_(layout),
        options_(options),
        stride_(kernels::padded_dims(layout.num_lines())),
        levels_(kernels::padded_queries(queries.size()) * stride_ / kernels::kLineBytes),
        scratch_(kernels::batch_scratch_bytes(layout.num_lines()) / kernels::kLineBytes),
        masks_(queries.size() * kChunkBlocks),
        products_(queries.size() * kChunkBlocks * kBlockRows),
        starts_(kernels::padded_queries(queries.size())),
        out_(queries.size()) {
    for (const Query& query : queries) {
      std::ranges::copy(query.levels, levels() + queries_.size() * stride_);
      queries_.push_back(args_of(query));
      cos_bounds_.push_back(query.cos_bound);
      sin_bounds_.push_back(query.sin_bound);
      sums_.push_back(query.level_sum);
    }
    narrow_groups_ = kernels::narrow_groups(levels(), queries.size(), stride_);
  }

  void blocks(const Run& run, std::size_t first, std::size_t last) {
    for (std::size_t block = first; block < last; block += kChunkBlocks) {
      options_.deadline.check();
      scan(Chunk(run, block, std::min(kChunkBlocks, last - block)));
    }
  }

  std::vector<Scanned> take() {
    for (Scanned& scanned : out_) scanned.compared = compared_;
    return std::move(out_);
  }

 private:
  void scan(const Chunk& chunk) {
    const std::size_t num_blocks = chunk.num_blocks();
    std::array<std::uint16_t, kChunkBlocks> alive;
    chunk.select(options_, std::span(alive).first(num_blocks));
    if (!options_.has_all_cohorts()) compared_ += chunk.extent(std::span(alive).first(num_blocks));
    const kernels::Codes codes = chunk.codes();
    options_.kernels.narrow_batch(
        codes,
        {queries_.size(), levels(), cos_bounds_.data(), sin_bounds_.data(), sums_.data(),
         alive.data(), scratch_[0].bytes.data(), starts_.data(), narrow_groups_},
        masks_.data(), products_.data());
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      const std::span masks = std::span(masks_).subspan(i * num_blocks, num_blocks);
      if (is_empty(masks)) continue;  // nearly always
      out_[i].num_left[kernels::kBothPlanes] += count_rows(masks);
      if (layout_.has_residual) {
        options_.kernels.narrow_residual(codes, queries_[i], masks.data(),
                                         products_.data() + i * num_blocks * kBlockRows);
      }
      out_[i].num_left[kernels::kResidual] += count_rows(masks);
      chunk.collect(masks, out_[i].survivors);
    }
  }

  std::int8_t* levels() { return reinterpret_cast<std::int8_t*>(levels_[0].bytes.data()); }

  /// Asked for every query, so a whole chunk's masks are compared at once.
  static bool is_empty(std::span<const std::uint16_t> masks) {
    constexpr std::array<std::uint16_t, kChunkBlocks> kNone{};
    if (masks.size() == kNone.size()) {
      return std::memcmp(masks.data(), kNone.data(), sizeof kNone) == 0;
    }
    return std::ranges::all_of(masks, [](std::uint16_t mask) { return mask == 0; });
  }

  const Layout& layout_;
  const ScanOptions& options_;
  std::size_t stride_;  // of a query's levels
  std::vector<Line> levels_;
  std::vector<kernels::QueryArgs> queries_;
  std::vector<float> cos_bounds_;
  std::vector<float> sin_bounds_;
  std::vector<std::int32_t> sums_;
  std::vector<Line> scratch_;
  std::vector<std::uint16_t> masks_;    // [query][block of the chunk]
  std::vector<std::int32_t> products_;  // [query][block of the chunk][16]
  std::vector<std::int32_t> starts_;
  std::size_t narrow_groups_ = 0;
  std::vector<Scanned> out_;
  Extent compared_;
};

}  // namespace

std::vector<Scanned> scan_batch(const CodeView& view, std::span<const Query> queries,
                                BlockRange range, const ScanOptions& options) {
  BatchScan scan(view.layout(), queries, options);
  for_each_run(view, range, [&](const Run& run, std::size_t first, std::size_t last) {
    scan.blocks(run, first, last);
  });
  return scan.take();
}

}  // namespace morgiana::index
