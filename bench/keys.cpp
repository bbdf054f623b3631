// What keys cost: opening one sealed reference with its key, changing the key-encryption key,
// moving everybody under a new wrapping key.

#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "campus.hpp"
#include "gallery/plaintext.hpp"
#include "gallery/vault.hpp"
#include "types/reference_key.hpp"

namespace morgiana::bench {
namespace {

/// Argument: dimensions. Cryptography alone: a subject's key is unwrapped, one reference opened.
void unwrap_and_open(benchmark::State& state) {
  const auto dim = static_cast<std::uint32_t>(state.range(0));
  const Uuid uuid{};
  const Vault vault({store::kFormatVersion, uuid, {"bench", dim}}, seal::Keyset::create(uuid), {});
  constexpr std::uint64_t kSubjects = 1000;
  seal::Random random;
  std::vector<seal::KeySlot> slots;
  std::vector<Bytes> sealed;
  test::Vectors vectors(dim, 1);
  for (std::uint64_t i = 0; i < kSubjects; ++i) {
    const seal::SecretKey key = seal::SecretKey::random(random);
    slots.push_back(vault.wrap(i, i, key, random));
    sealed.emplace_back(vault.sealed_bytes());
    vault.seal(key, reference_key(i, 0), vectors.unit(), random, sealed.back());
  }
  Vault::Opener opener(vault);
  Plaintext values(dim);
  std::uint64_t i = 0;
  for (auto _ : state) {
    opener.open(opener.unwrap(i, i, slots[i]), reference_key(i, 0), sealed[i], values.span());
    benchmark::DoNotOptimize(values.span().data());
    i = (i + 1) % kSubjects;
  }
}
BENCHMARK(unwrap_and_open)->Arg(512)->Arg(128)->Unit(benchmark::kMicrosecond);

/// From one key file to another and back, beside a gallery of any size.
void change_key(benchmark::State& state) {
  const Campus& campus = Campus::of(128);
  const KeySource other = KeySource::create_file(campus.folder / "other.key");
  for (auto _ : state) {
    Gallery::change_key(campus.path(), campus.key, other);
    Gallery::change_key(campus.path(), other, campus.key);
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(change_key)->Iterations(20)->Unit(benchmark::kMillisecond)->UseRealTime();

void rotate_keys(benchmark::State& state) {
  const Campus& campus = Campus::of(128);
  Gallery gallery = Gallery::open(campus.path(), {.key = campus.key});
  for (auto _ : state) {
    const KeyRotation rotation = gallery.rotate_keys();
    if (rotation.num_rewrapped != num_references() || rotation.old_keys != Erasure::done) {
      state.SkipWithError("not everybody was moved");
    }
  }
  state.counters["subjects"] = benchmark::Counter(static_cast<double>(num_references()),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(rotate_keys)->Iterations(1)->Repetitions(3)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
