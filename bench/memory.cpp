// What memory gives: the roof for every scan of this run.

#include <cstdint>

#include <benchmark/benchmark.h>

#include "crowd.hpp"
#include "roof.hpp"

namespace morgiana::bench {
namespace {

/// By the benchmark's threads side by side.
void read_bandwidth(benchmark::State& state) {
  static const Ones memory(num_references() * 256);  // as the two planes of 512-D codes
  const std::size_t part = memory.words().size() / static_cast<std::size_t>(state.threads());
  const auto words =
      memory.words().subspan(part * static_cast<std::size_t>(state.thread_index()), part);
  for (auto _ : state) {
    if (sum(words) != part) state.SkipWithError("the sum is wrong");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(part * 8));
}
BENCHMARK(read_bandwidth)->Threads(1)->Threads(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
