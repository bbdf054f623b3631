#include "index/scan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "index/plan.hpp"
#include "index/step_args.hpp"
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
    bool is_trial = true;
    for (std::size_t block = first; block < last; block += kChunkBlocks) {
      options_.deadline.check();
      const std::size_t num_blocks = std::min(kChunkBlocks, last - block);
      const Blocks blocks = chunk(block, num_blocks, step);
      if (!is_trial) continue;
      const FirstStep tried = step;
      step = adapt(tried, blocks.read, blocks.left);
      is_trial = step != tried;
    }
  }

 private:
  struct Blocks {
    std::size_t read;
    std::size_t left;  // by the first step
  };
  using ChunkMasks = std::array<std::uint16_t, kChunkBlocks>;

  FirstStep first_step(std::size_t block) const {
    const double norm = std::sqrt(double{query_.cos_bound} * query_.cos_bound +
                                  double{query_.sin_bound} * query_.sin_bound);
    Prospect prospect{layout_.dim, query_.cos_bound / norm, query_.sin_bound / norm,
                      angle(kernels::kHighPlane, block), std::nullopt};
    if (layout_.has_signs()) prospect.sign_angle = angle(kernels::kSigns, block);
    return plan(prospect);
  }

  /// Between a typical reference of a block and its code.
  double angle(kernels::Depth depth, std::size_t block) const {
    const float* cos_norm = run_.segment->cos_norm[depth] + block * kBlockRows;
    const float* sin_norm = run_.segment->sin_norm[depth] + block * kBlockRows;
    return std::atan2(std::accumulate(sin_norm, sin_norm + kBlockRows, 0.0),
                      std::accumulate(cos_norm, cos_norm + kBlockRows, 0.0));
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
    const kernels::StepArgs args = step_args(*run_.segment, query_, first, num_blocks);
    Blocks blocks{count_blocks(masks, num_blocks), 0};
    for (FirstStep next = step; next != FirstStep::both_planes; next = behind(next)) {
      const bool by_signs = next == FirstStep::signs;
      const auto narrow = by_signs ? options_.kernels.narrow_signs : options_.kernels.narrow_high;
      narrow(args, masks.data());
      const std::size_t left = count_blocks(masks, num_blocks);
      if (next == step) blocks.left = left;
      if (left == 0) return blocks;
      count_rows(masks, num_blocks, by_signs ? kernels::kSigns : kernels::kHighPlane);
    }
    options_.kernels.narrow_both(args, masks.data(), products.data());
    count_rows(masks, num_blocks, kernels::kBothPlanes);
    if (layout_.has_residual) {
      options_.kernels.narrow_residual(args, masks.data(), products.data());
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
