// identify through a gallery: references sealed on disk, and resident in memory.

#include <cstdint>
#include <optional>
#include <utility>

#include <benchmark/benchmark.h>

#include "campus.hpp"

namespace morgiana::bench {
namespace {

/// The gallery that was asked for last stays open: opening it takes longer than the searches.
Gallery& opened(std::uint32_t dim, References references) {
  static std::optional<Gallery> gallery;
  static std::pair<std::uint32_t, References> which;
  if (!gallery || which != std::pair(dim, references)) {
    gallery.reset();
    const Campus& campus = Campus::of(dim);
    gallery = Gallery::open(campus.path(),
                            {.key = campus.key, .memory = {references}, .refusals = std::nullopt});
    which = {dim, references};
  }
  return *gallery;
}

/// Arguments: dimensions, 1 for resident, threads. Every probe is enrolled and must be found.
void identify(benchmark::State& state) {
  const auto dim = static_cast<std::uint32_t>(state.range(0));
  const References references = state.range(1) == 0 ? References::sealed : References::resident;
  state.SetLabel(references == References::sealed ? "sealed" : "resident");
  const Campus& campus = Campus::of(dim);
  Gallery& gallery = opened(dim, references);
  const Execution execution{.executor = {}, .max_threads = static_cast<unsigned>(state.range(2))};
  std::size_t asked = 0;
  for (auto _ : state) {
    const Enrolment& who = campus.known[asked++ % campus.known.size()];
    const auto found = gallery.identify(who.references[0], {.accept = {{0.5F}}}, execution);
    if (found.candidates().size() != 1 || found.candidates()[0].subject != who.subject) {
      state.SkipWithError("a mate was missed");
    }
  }
}

void every_gallery(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t dim : {512, 128}) {
    for (const std::int64_t resident : {0, 1}) {
      for (const std::int64_t threads : {1, 2}) bench->Args({dim, resident, threads});
    }
  }
}
BENCHMARK(identify)->Apply(every_gallery)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
