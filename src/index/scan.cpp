#include "index/scan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "index/plan.hpp"
#include "types/reference_key.hpp"

namespace morgiana::index {

using kernels::kBlockRows;
using kernels::kLineBytes;

namespace {

/// Blocks of one call: masks and products of a chunk stay in the nearest cache.
constexpr std::size_t kChunkBlocks = 32;

constexpr std::uint64_t kAllCohorts = ~std::uint64_t{0};

/// The scan of one run: chunks of blocks, each through all steps.
class RunScan {
 public:
  RunScan(const Run& run, const Query& query, const ScanOptions& options, Scanned& out)
      : run_(run), query_(query), options_(options), out_(out), layout_(run.segment->layout) {}

  void blocks(std::size_t first, std::size_t last) {
    FirstStep step = first_step(first);
    bool is_trial = step == FirstStep::high_plane;
    for (std::size_t block = first; block < last; block += kChunkBlocks) {
      options_.deadline.check();
      const std::size_t num_blocks = std::min(kChunkBlocks, last - block);
      const Blocks left = chunk(block, num_blocks, step);
      if (is_trial) step = adapt(left.read, left.after_high_plane);
      is_trial = false;
    }
  }

 private:
  struct Blocks {
    std::size_t read;
    std::size_t after_high_plane;
  };
  using ChunkMasks = std::array<std::uint16_t, kChunkBlocks>;

  FirstStep first_step(std::size_t block) const {
    const float* cos_norm = run_.segment->cos_norm[kernels::kHighPlane] + block * kBlockRows;
    const float* sin_norm = run_.segment->sin_norm[kernels::kHighPlane] + block * kBlockRows;
    const double norm = std::sqrt(double{query_.cos_bound} * query_.cos_bound +
                                  double{query_.sin_bound} * query_.sin_bound);
    return plan({layout_.dim, query_.cos_bound / norm, query_.sin_bound / norm,
                 std::atan2(std::accumulate(sin_norm, sin_norm + kBlockRows, 0.0),
                            std::accumulate(cos_norm, cos_norm + kBlockRows, 0.0))});
  }

  kernels::StepArgs args(std::size_t first, std::size_t num_blocks) const {
    const Segment& segment = *run_.segment;
    const std::size_t row = first * kBlockRows;
    const std::size_t byte = first * layout_.num_lines() * kLineBytes;
    kernels::StepArgs made{};
    made.high = segment.high + byte;
    made.low = segment.low + byte;
    if (layout_.has_residual) made.residual = segment.residual + row * layout_.residual_bytes();
    const std::size_t num_depths =
        layout_.has_residual ? kernels::kNumDepths : kernels::kNumDepths - 1;
    for (std::size_t depth = 0; depth < num_depths; ++depth) {
      made.depths[depth] = {segment.cos_norm[depth] + row, segment.sin_norm[depth] + row};
    }
    made.num_blocks = num_blocks;
    made.num_lines = layout_.num_lines();
    made.residual_bytes = layout_.residual_bytes();
    made.query = query_.levels.data();
    made.split_query = query_.split_levels.data();
    made.query_sum = query_.level_sum;
    made.cos_bound = query_.cos_bound;
    made.sin_bound = query_.sin_bound;
    return made;
  }

  Blocks chunk(std::size_t first, std::size_t num_blocks, FirstStep step) {
    ChunkMasks masks;
    std::array<std::int32_t, kChunkBlocks * kBlockRows> products;
    std::copy_n(run_.alive->begin() + static_cast<std::ptrdiff_t>(first), num_blocks,
                masks.begin());
    if (options_.cohorts != kAllCohorts) {
      options_.kernels.select_cohorts(run_.segment->cohorts + first * kBlockRows, num_blocks,
                                      options_.cohorts, masks.data());
      count_compared(masks, first, num_blocks);
    }
    const kernels::StepArgs step_args = args(first, num_blocks);
    Blocks blocks{count_blocks(masks, num_blocks), 0};
    if (step == FirstStep::high_plane) {
      options_.kernels.narrow_high(step_args, masks.data());
      blocks.after_high_plane = count_blocks(masks, num_blocks);
      if (blocks.after_high_plane == 0) return blocks;
      count_rows(masks, num_blocks, kernels::kHighPlane);
    }
    options_.kernels.narrow_both(step_args, masks.data(), products.data());
    count_rows(masks, num_blocks, kernels::kBothPlanes);
    if (layout_.has_residual) {
      options_.kernels.narrow_residual(step_args, masks.data(), products.data());
    }
    collect(masks, first, num_blocks);
    return blocks;
  }

  static std::size_t count_blocks(const ChunkMasks& masks, std::size_t num_blocks) {
    return num_blocks -
           static_cast<std::size_t>(std::count(
               masks.begin(), masks.begin() + static_cast<std::ptrdiff_t>(num_blocks), 0));
  }

  void count_compared(const ChunkMasks& masks, std::size_t first, std::size_t num_blocks) {
    const std::uint64_t* keys = run_.segment->keys + first * kBlockRows;
    for_each_row(masks, num_blocks, [&](std::size_t row) {
      out_.compared.num_references += 1;
      out_.compared.num_subjects += is_first_reference(keys[row]) ? 1U : 0U;
    });
  }

  void count_rows(const ChunkMasks& masks, std::size_t num_blocks, kernels::Depth depth) {
    for (std::size_t i = 0; i < num_blocks; ++i) {
      if (masks[i] == 0) continue;  // nearly all are
      out_.num_left[depth] += static_cast<std::uint64_t>(std::popcount(masks[i]));
    }
  }

  void collect(const ChunkMasks& masks, std::size_t first, std::size_t num_blocks) {
    const Segment& segment = *run_.segment;
    for_each_row(masks, num_blocks, [&](std::size_t in_chunk) {
      const std::size_t row = first * kBlockRows + in_chunk;
      const float* values =
          segment.values == nullptr ? nullptr : segment.values + row * layout_.dim;
      out_.survivors.push_back({segment.keys[row], values});
      ++out_.num_left[kernels::kResidual];
    });
  }

  template <class Visit>
  static void for_each_row(const ChunkMasks& masks, std::size_t num_blocks, Visit visit) {
    for (std::size_t i = 0; i < num_blocks; ++i) {
      for (unsigned left = masks[i]; left != 0; left &= left - 1) {
        visit(i * kBlockRows + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }

  const Run& run_;
  const Query& query_;
  const ScanOptions& options_;
  Scanned& out_;
  const Layout& layout_;
};

}  // namespace

Scanned scan(const CodeView& view, const Query& query, BlockRange range,
             const ScanOptions& options) {
  Scanned out;
  std::size_t begin = 0;  // of the run, in blocks of the view
  for (const Run& run : view.runs()) {
    const std::size_t end = begin + run.num_blocks;
    const std::size_t first = std::max(range.first, begin);
    const std::size_t last = std::min(range.last, end);
    if (first < last) RunScan(run, query, options, out).blocks(first - begin, last - begin);
    begin = end;
  }
  return out;
}

}  // namespace morgiana::index
