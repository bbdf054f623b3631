// Batches of queries against the peak of the machine's integer products, both in multiplications
// of a byte of a code with a byte of a query.

#include <cstdint>
#include <optional>
#include <vector>

#include <benchmark/benchmark.h>

#include "crowd.hpp"
#include "kernels/dispatch.hpp"
#include "roof.hpp"

namespace morgiana::bench {
namespace {

/// Argument: which of the multipliers.
void integer_peak(benchmark::State& state) {
  constexpr std::size_t kRounds = 100'000;
  const std::vector<Multiplier> units = multipliers();
  if (units.empty()) {
    state.SkipWithError("no tier of this machine has a peak to compare with");
    return;
  }
  const Multiplier& unit = units.at(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(unit.tier);
  for (auto _ : state) unit.multiply(kRounds);
  // Iterations and counters are both summed over the threads.
  state.counters["products"] =
      benchmark::Counter(static_cast<double>(kRounds * unit.products_per_round) / state.threads(),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void every_multiplier(benchmark::internal::Benchmark* bench) {
  const auto num = static_cast<std::int64_t>(multipliers().size());
  bench->DenseRange(0, num > 0 ? num - 1 : 0);
}
BENCHMARK(integer_peak)->Apply(every_multiplier)->Threads(1)->Threads(2)->UseRealTime();

/// Arguments: dimensions, threshold in thousandths, queries, threads, tier.
void batch(benchmark::State& state) {
  const auto dim = static_cast<std::uint32_t>(state.range(0));
  const float threshold = static_cast<float>(state.range(1)) / 1000;
  const auto num_queries = static_cast<std::size_t>(state.range(2));
  const Execution execution{.executor = {}, .max_threads = static_cast<unsigned>(state.range(3))};
  const kernels::KernelTable& tier =
      *kernels::available()[static_cast<std::size_t>(state.range(4))];
  state.SetLabel(tier.name);
  Crowd& crowd = Crowd::of(dim);
  const auto view = crowd.index.view();
  std::vector<index::Query> queries;
  for (std::size_t i = 0; i < num_queries; ++i) {
    queries.push_back(index::make_query(crowd.rotation, crowd.stranger(), threshold));
  }
  const parallel::Deadline none(std::nullopt);
  for (auto _ : state) {
    benchmark::DoNotOptimize(index::search(*view, queries, {0, view->num_blocks()},
                                           {tier, ~std::uint64_t{0}, none}, execution));
  }
  const auto pairs = static_cast<double>(num_references() * num_queries);
  state.counters["ms_per_query"] = benchmark::Counter(
      static_cast<double>(num_queries) / 1000,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["products"] =
      benchmark::Counter(pairs * dim, benchmark::Counter::kIsIterationInvariantRate);
}

void every_batch(benchmark::internal::Benchmark* bench) {
  const auto num_tiers = static_cast<std::int64_t>(kernels::available().size());
  for (const std::int64_t dim : {512, 128}) {
    for (const std::int64_t queries : {6, 16, 64, 256}) bench->Args({dim, 450, queries, 1, 0});
    bench->Args({dim, 450, 256, 2, 0});
    for (std::int64_t tier = 1; tier + 1 < num_tiers; ++tier) {
      bench->Args({dim, 450, 256, 1, tier});
    }
  }
}
BENCHMARK(batch)->Apply(every_batch)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
