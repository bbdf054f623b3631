// What keys cost: opening one sealed reference with its key, changing the key-encryption key,
// moving everybody under a new wrapping key.

#include <cstdint>
#include <optional>
#include <thread>
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

/// Asks for people who are enrolled, one after the other, on a thread of its own.
class Searcher {
 public:
  Searcher(const Gallery& gallery, const std::vector<Enrolment>& known)
      : thread_([this, &gallery, &known](const std::stop_token& stop) {
          for (std::size_t i = 0; !stop.stop_requested(); i = (i + 1) % known.size()) {
            const auto found =
                gallery.identify(known[i].references.front(), {.accept = {{0.9F}}}).candidates();
            ++num_;
            if (found.size() != 1 || found[0].subject != known[i].subject) ++num_missed_;
          }
        }) {}

  void report(benchmark::State& state) {
    thread_.request_stop();
    thread_.join();
    state.counters["searches"] = static_cast<double>(num_);
    if (num_missed_ != 0) state.SkipWithError("a search missed somebody");
  }

 private:
  std::uint64_t num_ = 0;
  std::uint64_t num_missed_ = 0;
  std::jthread thread_;
};

/// A search that reads the log while it is to be emptied makes it wait: asked again.
template <class Verb>
auto until_not_locked(Verb verb) {
  for (;;) {
    try {
      return verb();
    } catch (const Error& error) {
      if (error.code() != Errc::locked) throw;
    }
  }
}

/// Argument: whether somebody searches all the time.
void rotate_keys(benchmark::State& state) {
  const Campus& campus = Campus::of(128);
  Gallery gallery = Gallery::open(campus.path(), {.key = campus.key, .refusals = std::nullopt});
  std::optional<Searcher> searcher;
  if (state.range(0) != 0) searcher.emplace(gallery, campus.known);
  for (auto _ : state) {
    const Purge purge = until_not_locked([&] { return gallery.purge(); });
    if (!searcher && purge.num_rewrapped != num_references()) {
      state.SkipWithError("not everybody was moved");
    }
  }
  if (searcher) searcher->report(state);
  state.counters["subjects"] = benchmark::Counter(static_cast<double>(num_references()),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(rotate_keys)
    ->Arg(0)
    ->Arg(1)
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// The same of a renewal on two threads, which seals every reference anew.
void renew(benchmark::State& state) {
  const Campus& campus = Campus::of(128);
  Gallery gallery = Gallery::open(campus.path(), {.key = campus.key, .refusals = std::nullopt});
  std::optional<Searcher> searcher;
  if (state.range(0) != 0) searcher.emplace(gallery, campus.known);
  const RenewOptions options{{.executor = {}, .max_threads = 2}, {}};
  for (auto _ : state) until_not_locked([&] { return gallery.renew(options); });
  if (searcher) searcher->report(state);
  state.counters["subjects"] = benchmark::Counter(static_cast<double>(num_references()),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(renew)->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
