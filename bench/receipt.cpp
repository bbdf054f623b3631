// What a decision costs that others can act on: its signature alone, with a log and one sync of a
// file, its verification and its single use.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "data.hpp"
#include "morgiana/morgiana.hpp"
#include "morgiana/nonce_store.hpp"
#include "morgiana/receipt_log.hpp"
#include "random.hpp"

namespace morgiana::bench {
namespace {

constexpr const char* kIssuer = "https://campus.example/gate";
constexpr const char* kParty = "https://cafeteria.example";

/// A gallery with Ada in it, whose answers are signed.
struct Desk {
  Desk()
      : gallery(Gallery::create(folder / "g", {model, KeySource::create_file(folder / "key")})),
        ada(model, vectors.unit()),
        signer(enrolled(), {.issuer = kIssuer, .terminal = "till-3", .lifetime_s = 86'400}),
        verifier({.keys = {{kIssuer, signer.public_key()}}, .relying_party = kParty}) {}

  Identification found() const { return gallery.identify(ada, {.accept = policy.accept}); }

  const Gallery& enrolled() {
    gallery.enrol("ada", {ada});
    return gallery;
  }

  test::ScratchFolder folder;
  ModelId model{"bench", 128};
  test::Vectors vectors{128, 1};
  Gallery gallery;
  Template ada;
  Policy policy{.accept = {{0.6F}, Fmr{1e-5}}};
  ReceiptRequest request{.relying_party = kParty, .nonce = "n", .amount = Amount{1250, "EUR"}};
  ReceiptSigner signer;
  ReceiptVerifier verifier;
};

Desk& desk() {
  static Desk made;
  return made;
}

void decide_and_sign(benchmark::State& state) {
  const Identification found = desk().found();
  std::string jws;
  for (auto _ : state) jws = desk().signer.sign(decide(found, desk().policy), desk().request);
  if (desk().verifier.verify(jws).claims().outcome != Outcome::granted) {
    state.SkipWithError("it grants nothing");
  }
}

void verify(benchmark::State& state) {
  const std::string jws = desk().signer.sign(decide(desk().found(), desk().policy), desk().request);
  for (auto _ : state) benchmark::DoNotOptimize(desk().verifier.verify(jws));
}

void decide_sign_and_log(benchmark::State& state) {
  const Identification found = desk().found();
  const test::ScratchFolder folder;
  ReceiptLog log = ReceiptLog::create(folder / "log", desk().signer);
  for (auto _ : state) log.sign(decide(found, desk().policy), desk().request);
  const AuditReport report = audit(folder / "log", {.keys = {desk().signer.public_key()}});
  if (report.first_wrong || report.num_receipts != log.num_receipts()) {
    state.SkipWithError("the log is not sound");
  }
}

/// Of so many lines.
void open_log(benchmark::State& state) {
  const Decision decision = decide(desk().found(), desk().policy);
  const test::ScratchFolder folder;
  ReceiptLog log = ReceiptLog::create(folder / "log", desk().signer);
  for (std::int64_t i = 0; i < state.range(0); ++i) log.sign(decision, desk().request);
  log.close();
  for (auto _ : state) {
    if (ReceiptLog::open(folder / "log", desk().signer).num_receipts() == 0) {
      state.SkipWithError("the log is empty");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// What every line of a log waits for, whoever writes it.
void sync_a_file(benchmark::State& state) {
  const test::ScratchFolder folder;
  const std::string line(900, 'x');
  const int file = ::open((folder / "f").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) throw std::runtime_error("no file");
  for (auto _ : state) {
    const bool is_written = ::write(file, line.data(), line.size()) == ssize_t{900};
    if (!is_written || ::fdatasync(file) != 0) state.SkipWithError("the disk failed");
  }
  ::close(file);
}

void use(benchmark::State& state) {
  const test::ScratchFolder folder;
  NonceStore store = NonceStore::create(folder / "nonces");
  const Decision decision = decide(desk().found(), desk().policy);
  for (auto _ : state) {
    state.PauseTiming();
    const Receipt receipt = desk().verifier.verify(desk().signer.sign(decision, desk().request));
    state.ResumeTiming();
    store.use(receipt);
  }
}

void refuse_replay(benchmark::State& state) {
  const test::ScratchFolder folder;
  NonceStore store = NonceStore::create(folder / "nonces");
  const Receipt receipt = desk().verifier.verify(
      desk().signer.sign(decide(desk().found(), desk().policy), desk().request));
  store.use(receipt);
  for (auto _ : state) {
    try {
      store.use(receipt);
      state.SkipWithError("it was used again");
    } catch (const Error&) {
    }
  }
}

BENCHMARK(decide_and_sign)->Name("receipt/decide_and_sign")->Unit(benchmark::kMicrosecond);
BENCHMARK(verify)->Name("receipt/verify")->Unit(benchmark::kMicrosecond);
BENCHMARK(sync_a_file)->Name("receipt/sync_a_file")->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(decide_sign_and_log)
    ->Name("receipt/decide_sign_and_log")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK(open_log)->Name("receipt/open_log")->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(use)->Name("receipt/use")->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(refuse_replay)->Name("receipt/refuse_replay")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace morgiana::bench
