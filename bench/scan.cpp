// Each step of the cascade, and the scan of a whole index, in every tier of the machine.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <benchmark/benchmark.h>

#include "crowd.hpp"
#include "index/kernel_args.hpp"
#include "kernels/dispatch.hpp"

namespace morgiana::bench {
namespace {

const kernels::KernelTable& tier_of(const benchmark::State& state, std::size_t argument) {
  return *kernels::available()[static_cast<std::size_t>(state.range(argument))];
}

/// One step over blocks that stay in the second-level cache: what the instructions cost.
void step_in_cache(benchmark::State& state) {
  constexpr std::size_t kBlocks = 32;
  const auto depth = static_cast<kernels::Depth>(state.range(0));
  const auto dim = static_cast<std::uint32_t>(state.range(1));
  const kernels::KernelTable& tier = tier_of(state, 2);
  state.SetLabel(tier.name);
  Crowd& crowd = Crowd::of(dim);
  const index::Query query = index::make_query(crowd.rotation, crowd.stranger(), 0.9F);
  const auto view = crowd.index.view();
  const index::Segment& segment = *view->runs()[0].segment;
  const kernels::Codes codes =
      index::codes_of(segment, 0, std::min<std::size_t>(kBlocks, segment.capacity_blocks));
  const kernels::QueryArgs args = index::args_of(query);
  std::array<std::int32_t, kBlocks * kernels::kBlockRows> products{};
  std::array<std::uint16_t, kBlocks> masks;
  for (auto _ : state) {
    masks.fill(0xFFFF);
    if (depth == kernels::kSigns) tier.narrow_signs(codes, args, masks.data());
    if (depth == kernels::kHighPlane) tier.narrow_high(codes, args, masks.data());
    if (depth == kernels::kBothPlanes) tier.narrow_both(codes, args, masks.data(), products.data());
    if (depth == kernels::kResidual)
      tier.narrow_residual(codes, args, masks.data(), products.data());
    benchmark::DoNotOptimize(masks.data());
  }
  const auto rows = static_cast<std::int64_t>(codes.num_blocks * kernels::kBlockRows);
  state.SetItemsProcessed(state.iterations() * rows);
  constexpr std::int64_t kBits[] = {1, 2, 4, 4};
  state.SetBytesProcessed(state.iterations() * rows * dim * kBits[depth] / 8);
}

void every_step(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t depth :
       {kernels::kSigns, kernels::kHighPlane, kernels::kBothPlanes, kernels::kResidual}) {
    for (const std::int64_t dim : {128, 512}) {
      if (depth == kernels::kSigns && dim == 128) continue;  // no depth there
      for (std::size_t tier = 0; tier < kernels::available().size(); ++tier) {
        bench->Args({depth, dim, static_cast<std::int64_t>(tier)});
      }
    }
  }
}
BENCHMARK(step_in_cache)->Apply(every_step)->Unit(benchmark::kMicrosecond);

/// Of a dimension, at the step where isotropic strangers make the scan start.
std::int64_t first_bits(std::uint32_t dim, float threshold, double miss) {
  if (miss > 0 && dim >= 256) return 1;
  return miss > 0 || threshold >= 0.55F || (dim >= 512 && threshold >= 0.5F) ? 2 : 4;
}

/// Arguments: dimensions, threshold in thousandths, threads, 1 for probable, tier.
void scan_index(benchmark::State& state) {
  const auto dim = static_cast<std::uint32_t>(state.range(0));
  const float threshold = static_cast<float>(state.range(1)) / 1000;
  const Execution execution{.executor = {}, .max_threads = static_cast<unsigned>(state.range(2))};
  const double miss = state.range(3) == 0 ? 0 : 1e-9;
  const kernels::KernelTable& tier = tier_of(state, 4);
  state.SetLabel(tier.name);
  Crowd& crowd = Crowd::of(dim);
  const auto view = crowd.index.view();
  const index::Query query = index::make_query(crowd.rotation, crowd.stranger(), threshold, miss);
  const parallel::Deadline none(std::nullopt);
  index::Scanned found;
  for (auto _ : state) {
    found = std::move(index::search(*view, std::span(&query, 1), {0, view->num_blocks()},
                                    {tier, ~std::uint64_t{0}, none}, execution)[0]);
  }
  // What the first step reads of every reference: its codes and two constants.
  const std::int64_t bits = first_bits(dim, threshold, miss);
  const std::int64_t bytes = dim * bits / 8 + 8;
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(num_references()) * bytes);
  state.counters["bytes_per_reference"] =
      static_cast<double>(view->bytes()) / static_cast<double>(num_references());
  state.counters["survivors"] = static_cast<double>(found.survivors.size());
}

void every_question(benchmark::internal::Benchmark* bench) {
  const auto num_tiers = static_cast<std::int64_t>(kernels::available().size());
  for (const std::int64_t dim : {512, 128}) {
    for (const std::int64_t threshold : {363, 450, 500, 600}) {
      for (const std::int64_t threads : {1, 2}) bench->Args({dim, threshold, threads, 0, 0});
      bench->Args({dim, threshold, 1, 1, 0});
    }
    for (std::int64_t tier = 1; tier < num_tiers; ++tier) bench->Args({dim, 450, 1, 0, tier});
  }
}
BENCHMARK(scan_index)->Apply(every_question)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
