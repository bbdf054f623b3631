// What a gallery costs on disk: opening beside decryption alone, a change beside one sync of a
// file, bulk enrolment beside the same inserts without cryptography, searches beside changes.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <benchmark/benchmark.h>

#include "campus.hpp"
#include "gallery/keyset_file.hpp"
#include "gallery/vault.hpp"
#include "parallel/run.hpp"
#include "store/database.hpp"
#include "store/durable_file.hpp"

namespace morgiana::bench {
namespace {

Execution on_threads(std::int64_t count) {
  return {.executor = {}, .max_threads = static_cast<unsigned>(count)};
}

/// Arguments: dimensions, threads.
void open(benchmark::State& state) {
  const Campus& campus = Campus::of(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    Gallery gallery =
        Gallery::open(campus.path(), {.key = campus.key, .execution = on_threads(state.range(1))});
    state.PauseTiming();
    if (gallery.stats().num_references != num_references()) {
      state.SkipWithError("not all are there");
    }
    gallery.close();
    state.ResumeTiming();
  }
  state.counters["references"] = benchmark::Counter(static_cast<double>(num_references()),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}

/// Reads every reference, unwraps its key and decrypts it, and nothing else.
void decrypt_all(benchmark::State& state) {
  const Campus& campus = Campus::of(static_cast<std::uint32_t>(state.range(0)));
  const store::Database database = store::Database::follow(campus.path());
  const store::GalleryRow row = database.snapshot().gallery();
  const Vault vault({store::kFormatVersion, row.uuid, campus.model},
                    read_keyset(campus.path() + ".keyset", campus.key), {});
  const auto num_threads = static_cast<std::size_t>(state.range(1));
  const std::uint64_t each = num_references() / num_threads + 1;
  for (auto _ : state) {
    std::atomic<std::uint64_t> num_read = 0;
    parallel::run(on_threads(state.range(1)), num_threads, [&](std::size_t part) {
      const store::Snapshot snapshot = database.snapshot();
      std::vector<float> values(campus.model.dim);
      std::uint64_t count = 0;
      std::optional<seal::SecretKey> key;
      Vault::Opener opener(vault);
      snapshot.for_each_record(
          part * each, (part + 1) * each - 1,
          [&](const store::SubjectRow& subject) {
            seal::KeySlot wrapped;
            snapshot.slot(subject.slot, wrapped);
            key = opener.unwrap(subject.subject_key, subject.slot, wrapped);
          },
          [&](std::uint64_t reference, ByteView sealed) {
            opener.open(*key, reference, sealed, values);
            ++count;
          });
      num_read += count;
    });
    if (num_read < num_references() - num_threads) state.SkipWithError("not all were read");
  }
  state.counters["references"] = benchmark::Counter(static_cast<double>(num_references()),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}

void every_open(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t dim : {512, 128}) {
    for (const std::int64_t threads : {1, 2}) bench->Args({dim, threads});
  }
}
BENCHMARK(decrypt_all)->Apply(every_open)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(open)->Apply(every_open)->Unit(benchmark::kMillisecond)->UseRealTime();

/// One sync of a file that grew by 4 KiB: what any durable change waits for at least.
void sync_file(benchmark::State& state) {
  const test::ScratchFolder folder;
  const int file = ::open((folder / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::vector<char> page(4096, 1);
  for (auto _ : state) {
    if (::write(file, page.data(), page.size()) != 4096 || ::fdatasync(file) != 0) {
      state.SkipWithError("the disk failed");
    }
  }
  ::close(file);
}
BENCHMARK(sync_file)->Unit(benchmark::kMicrosecond)->UseRealTime();

/// Threads: enrolments that come together share a sync.
void enrol_one(benchmark::State& state) {
  static std::unique_ptr<test::ScratchFolder> folder;
  static std::unique_ptr<Gallery> gallery;
  const ModelId model{"bench", 512};
  if (state.thread_index() == 0) {
    folder = std::make_unique<test::ScratchFolder>();
    gallery = std::make_unique<Gallery>(
        Gallery::create(*folder / "gallery", {model, KeySource::create_file(*folder / "key")}));
  }
  test::Vectors vectors(512, static_cast<std::uint64_t>(state.thread_index()));
  const Template reference(model, vectors.unit());
  std::uint64_t count = 0;
  for (auto _ : state) {
    gallery->enrol(std::to_string(state.thread_index()) + "-" + std::to_string(count++),
                   {reference});
  }
  state.counters["enrolments"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate);
  if (state.thread_index() == 0) gallery.reset();
}
BENCHMARK(enrol_one)->Threads(1)->Threads(8)->Unit(benchmark::kMicrosecond)->UseRealTime();

/// Until the keys are erased too: the subject is revoked after the first of its syncs.
void remove_one(benchmark::State& state) {
  const test::ScratchFolder folder;
  const ModelId model{"bench", 512};
  Gallery gallery =
      Gallery::create(folder / "gallery", {model, KeySource::create_file(folder / "key")});
  test::Vectors vectors(512, 1);
  const Template reference(model, vectors.unit());
  for (auto _ : state) {
    state.PauseTiming();
    gallery.enrol("somebody", {reference});
    state.ResumeTiming();
    benchmark::DoNotOptimize(gallery.remove("somebody"));
  }
}
BENCHMARK(remove_one)->Unit(benchmark::kMicrosecond)->UseRealTime();

constexpr std::uint64_t kBulk = 20'000;

/// Arguments: dimensions, threads.
void enrol_bulk(benchmark::State& state) {
  const ModelId model{"bench", static_cast<std::uint32_t>(state.range(0))};
  test::Vectors vectors(model.dim, 1);
  std::vector<Enrolment> people;
  for (std::uint64_t i = 0; i < kBulk; ++i) {
    people.push_back({SubjectId(std::to_string(i)), {Template(model, vectors.unit())}});
  }
  for (auto _ : state) {
    state.PauseTiming();
    const test::ScratchFolder folder;
    Gallery gallery =
        Gallery::create(folder / "gallery", {model, KeySource::create_file(folder / "key")});
    state.ResumeTiming();
    gallery.enrol(people, {on_threads(state.range(1)), {}});
    state.PauseTiming();
    gallery.close();
    state.ResumeTiming();
  }
  state.counters["references"] =
      benchmark::Counter(static_cast<double>(kBulk), benchmark::Counter::kIsIterationInvariantRate);
}

/// The same rows, of bytes that are there.
void insert_bulk(benchmark::State& state) {
  const auto dim = static_cast<std::uint32_t>(state.range(0));
  const Bytes sealed(dim * sizeof(float) + seal::kOverheadBytes, 7);
  const std::array<std::uint8_t, store::kSlotRowBytes> slots{};
  const std::array<std::uint8_t, store::kSlotBytes> slot{};
  for (auto _ : state) {
    state.PauseTiming();
    const test::ScratchFolder folder;
    store::Database database =
        store::Database::create(folder / "db", {{}, "bench", dim, 1'700'000'000});
    state.ResumeTiming();
    {
      store::Transaction transaction = database.begin();
      for (std::uint64_t i = 1; i <= kBulk; ++i) {
        if (i % store::kSlotsPerRow == 1) transaction.append_slot_row(slots);
        transaction.insert_subject({.subject_key = i,
                                    .id = std::to_string(i),
                                    .generation = 1,
                                    .cohorts = 1,
                                    .enrolled_at_s = 1'700'000'000,
                                    .slot = i - 1,
                                    .tag = {}});
        transaction.write_slot(i - 1, slot);
        transaction.insert_reference(reference_key(i, 0), sealed);
      }
      transaction.append_head(1, sealed);
      transaction.commit();
    }
  }
  state.counters["references"] =
      benchmark::Counter(static_cast<double>(kBulk), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(insert_bulk)->Arg(512)->Arg(128)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(enrol_bulk)->Apply(every_open)->Unit(benchmark::kMillisecond)->UseRealTime();

double percentile(std::vector<double>& values, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

/// Argument: durable updates a second beside the searches.
void identify_beside_updates(benchmark::State& state) {
  const Campus& campus = Campus::of(512);
  Gallery gallery = Gallery::open(
      campus.path(), {.key = campus.key, .execution = on_threads(2), .refusals = std::nullopt});
  std::atomic<bool> is_done{false};
  std::atomic<std::uint64_t> num_updates{0};
  const std::int64_t per_second = state.range(0);
  const auto first = std::chrono::steady_clock::now();
  const auto update_some = [&](std::uint64_t seed) {
    test::Vectors vectors(512, seed);
    while (per_second > 0 && !is_done) {
      const std::uint64_t number = num_updates++;
      std::this_thread::sleep_until(first +
                                    number * std::chrono::microseconds(1'000'000 / per_second));
      const Enrolment& who = campus.known[number % campus.known.size()];
      gallery.update(who.subject, std::vector{Template(campus.model, vectors.unit())});
    }
  };
  std::vector<std::thread> updaters;
  for (std::uint64_t i = 0; i < 8; ++i) updaters.emplace_back(update_some, 3 + i);
  test::Vectors vectors(512, 2);
  std::vector<double> times_ms;
  const auto begin = std::chrono::steady_clock::now();
  for (auto _ : state) {
    const Template probe(campus.model, vectors.unit());
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(gallery.identify(probe, {.accept = {{0.5F}}}));
    times_ms.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  is_done = true;
  for (std::thread& updater : updaters) updater.join();
  state.counters["p50_ms"] = percentile(times_ms, 0.50);
  state.counters["p99_ms"] = percentile(times_ms, 0.99);
  state.counters["updates_per_s"] = static_cast<double>(num_updates) / elapsed.count();
}
BENCHMARK(identify_beside_updates)
    ->Arg(0)
    ->Arg(500)
    ->Iterations(3000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace morgiana::bench
