// The code scan against the read bandwidth of the same run, and identify over a sealed gallery.

#include <array>
#include <cstdint>
#include <numeric>

#include <benchmark/benchmark.h>

#include "data.hpp"
#include "index/code_index.hpp"
#include "index/query.hpp"
#include "kernels/dispatch.hpp"
#include "morgiana/morgiana.hpp"
#include "random.hpp"

namespace morgiana {
namespace {

constexpr std::uint64_t kNumReferences = 200'000;
constexpr float kThreshold = 0.5F;

/// Sequential 64-bit reads of as many bytes as the scan of 512-D codes reads.
void read_bandwidth(benchmark::State& state) {
  const std::vector<std::uint64_t> memory(kNumReferences * 256 / 8, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(std::reduce(memory.begin(), memory.end(), std::uint64_t{0}));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(memory.size() * 8));
}
BENCHMARK(read_bandwidth)->Unit(benchmark::kMillisecond);

void scan(benchmark::State& state) {
  const auto dim = static_cast<std::uint32_t>(state.range(0));
  const auto tiers = kernels::available();
  const kernels::KernelTable& tier = *tiers[static_cast<std::size_t>(state.range(1))];
  state.SetLabel(tier.name);
  test::Vectors vectors(dim, 1);
  const index::Rotation rotation(dim, std::array<std::uint8_t, 32>{});
  index::CodeIndex codes(dim);
  index::Draft draft = codes.draft();
  test::Vector rotated(dim);
  std::vector<std::uint8_t> levels(dim);
  for (std::uint64_t key = 0; key < kNumReferences; ++key) {
    rotation.apply(vectors.unit(), rotated);
    const index::CodeBound bound = index::encode(rotated, levels);
    draft.append(key, levels, bound);
  }
  codes.publish(std::move(draft));
  const index::Query query = index::make_query(rotation, vectors.unit(), kThreshold);
  const auto view = codes.view();
  std::vector<std::uint64_t> survivors;
  for (auto _ : state) {
    survivors.clear();
    view->scan(tier, query, survivors);
    benchmark::DoNotOptimize(survivors.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(view->bytes()));
  state.counters["survivors"] = static_cast<double>(survivors.size());
}

void every_tier_and_dim(benchmark::internal::Benchmark* bench) {
  for (const int dim : {128, 512}) {
    for (std::size_t tier = 0; tier < kernels::available().size(); ++tier) {
      bench->Args({dim, static_cast<std::int64_t>(tier)});
    }
  }
}
BENCHMARK(scan)->Apply(every_tier_and_dim)->Unit(benchmark::kMillisecond);

void identify_sealed(benchmark::State& state) {
  const ModelId model{"bench", static_cast<std::uint32_t>(state.range(0))};
  const test::ScratchFolder folder;
  const KeySource key = KeySource::create_file(folder / "key");
  Gallery gallery = Gallery::create(folder / "gallery", {model, key});
  test::Vectors vectors(model.dim, 1);
  std::vector<Enrolment> crowd;
  for (std::uint64_t i = 0; i < kNumReferences; ++i) {
    crowd.push_back({SubjectId(std::to_string(i)), {Template(model, vectors.unit())}});
  }
  gallery.enrol(crowd);
  std::uint64_t asked = 0;
  for (auto _ : state) {
    const std::uint64_t who = asked++ * 7919 % kNumReferences;
    const auto found = gallery.identify(crowd[who].references[0], {.accept = {{kThreshold}}});
    if (found.candidates().size() != 1 ||
        found.candidates()[0].subject.str() != std::to_string(who)) {
      state.SkipWithError("a mate was missed");
    }
  }
}
BENCHMARK(identify_sealed)->Arg(128)->Arg(512)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace morgiana
