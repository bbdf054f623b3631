// What memory gives: the roof for every scan of this run.

#include <algorithm>
#include <cstdint>

#include <benchmark/benchmark.h>

#include "crowd.hpp"
#include "index/pages.hpp"

namespace morgiana::bench {
namespace {

/// As wide as the machine can: a narrow loop would set the roof too low.
__attribute__((target_clones("avx512f", "avx2", "default"))) std::uint64_t sum(
    const std::uint64_t* words, std::size_t count) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += words[i];
  return total;
}

/// Memory as an index has it, of as many bytes as the two planes of 512-D codes.
struct Memory {
  Memory() : pages(num_references() * 256), num_words(num_references() * 256 / 8) {
    words = reinterpret_cast<std::uint64_t*>(pages.data());
    std::fill_n(words, num_words, 1);
  }

  index::Pages pages;
  std::uint64_t* words;
  std::size_t num_words;
};

/// By the benchmark's threads side by side.
void read_bandwidth(benchmark::State& state) {
  static const Memory memory;
  const std::size_t part = memory.num_words / static_cast<std::size_t>(state.threads());
  const std::uint64_t* begin = memory.words + part * static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    if (sum(begin, part) != part) state.SkipWithError("the sum is wrong");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(part * 8));
}
BENCHMARK(read_bandwidth)->Threads(1)->Threads(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
