#include "index/scan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "index/chunk.hpp"
#include "index/kernel_args.hpp"
#include "index/plan.hpp"

namespace morgiana::index {

using kernels::kBlockRows;

namespace {

/// Blocks of one call: masks and products of a chunk stay in the nearest cache.
constexpr std::size_t kChunkBlocks = 32;

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
      const Blocks blocks = scan(Chunk(run_, block, num_blocks), step);
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

  Blocks scan(const Chunk& chunk, FirstStep step) {
    std::array<std::uint16_t, kChunkBlocks> all_masks;
    std::array<std::int32_t, kChunkBlocks * kBlockRows> products;
    const std::span masks = std::span(all_masks).first(chunk.num_blocks());
    chunk.select(options_, masks);
    if (!options_.has_all_cohorts()) out_.compared += chunk.extent(masks);
    const kernels::Codes codes = chunk.codes();
    const kernels::QueryArgs query = args_of(query_);
    Blocks blocks{count_blocks(masks), 0};
    for (FirstStep next = step; next != FirstStep::both_planes; next = behind(next)) {
      const bool by_signs = next == FirstStep::signs;
      const auto narrow = by_signs ? options_.kernels.narrow_signs : options_.kernels.narrow_high;
      narrow(codes, query, masks.data());
      const std::size_t left = count_blocks(masks);
      if (next == step) blocks.left = left;
      if (left == 0) return blocks;
      out_.num_left[by_signs ? kernels::kSigns : kernels::kHighPlane] += count_rows(masks);
    }
    options_.kernels.narrow_both(codes, query, masks.data(), products.data());
    out_.num_left[kernels::kBothPlanes] += count_rows(masks);
    if (layout_.has_residual) {
      options_.kernels.narrow_residual(codes, query, masks.data(), products.data());
    }
    out_.num_left[kernels::kResidual] += count_rows(masks);
    chunk.collect(masks, out_.survivors);
    return blocks;
  }

  static std::size_t count_blocks(std::span<const std::uint16_t> masks) {
    return masks.size() - static_cast<std::size_t>(std::count(masks.begin(), masks.end(), 0));
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
  for_each_run(view, range, [&](const Run& run, std::size_t first, std::size_t last) {
    RunScan(run, query, options, out).blocks(first, last);
  });
  return out;
}

}  // namespace morgiana::index
