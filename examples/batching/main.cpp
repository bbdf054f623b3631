// Eight gates of sixteen lanes ask a gallery for one probe at a time: each by itself, then through
// a queue that makes batches of what they ask. Prints both; ends with 1 where somebody was not
// found.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <random>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <morgiana/morgiana.hpp>

#include "batch_queue.hpp"

namespace {

constexpr std::size_t kNumPeople = 20000;
constexpr std::size_t kNumGates = 8;
constexpr std::size_t kLanesAGate = 16;
constexpr std::size_t kProbesAGate = 20 * kLanesAGate;
const morgiana::ModelId kModel{"example", 128};
const morgiana::IdentifyOptions kOptions{.accept = {{0.6F}}};

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    do {
      path_ = std::filesystem::temp_directory_path() /
              ("morgiana-" + std::to_string(std::random_device{}()));
    } while (!std::filesystem::create_directory(path_));
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

using Embedding = std::vector<float>;

std::vector<Embedding> random_embeddings(std::size_t count, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<Embedding> all(count, Embedding(kModel.dim));
  for (Embedding& embedding : all) {
    for (float& value : embedding) value = normal(random);
  }
  return all;
}

morgiana::SubjectId name_of(std::size_t person) {
  return std::to_string(person);
}

void enrol(morgiana::Gallery& gallery, std::span<const Embedding> people) {
  std::vector<morgiana::Enrolment> enrolments;
  for (std::size_t person = 0; person < people.size(); ++person) {
    enrolments.push_back({name_of(person), {morgiana::Template(kModel, people[person])}});
  }
  gallery.enrol(enrolments);
}

/// The person again, as a camera would see them: a cosine of about 0.9.
morgiana::Template seen_again(Embedding person, std::mt19937& random) {
  std::normal_distribution<float> normal(0.0F, 0.5F);
  for (float& value : person) value += normal(random);
  return {kModel, person};
}

struct Passage {
  morgiana::SubjectId person;
  morgiana::Template probe;
};

/// The answers to the probes of one gate's lanes.
using Ask = std::function<std::vector<morgiana::Identification>(std::span<const Passage>)>;

struct Outcome {
  double microseconds_a_probe;
  std::size_t num_missed;
};

std::size_t num_missed(std::span<const Passage> passages, const Ask& ask) {
  std::size_t missed = 0;
  for (; !passages.empty(); passages = passages.subspan(kLanesAGate)) {
    const auto answers = ask(passages.first(kLanesAGate));
    for (std::size_t lane = 0; lane < kLanesAGate; ++lane) {
      const auto& found = answers[lane].candidates();
      if (found.empty() || found.front().subject != passages[lane].person) ++missed;
    }
  }
  return missed;
}

/// All gates at once, each asking for its lanes again and again.
Outcome pass(std::span<const Passage> passages, const Ask& ask) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::future<std::size_t>> gates;
  for (std::size_t gate = 0; gate < kNumGates; ++gate) {
    const auto mine = passages.subspan(gate * kProbesAGate, kProbesAGate);
    gates.push_back(std::async(std::launch::async, [=, &ask] { return num_missed(mine, ask); }));
  }
  std::size_t missed = 0;
  for (auto& gate : gates) missed += gate.get();
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
  return {taken.count() / static_cast<double>(passages.size()), missed};
}

Outcome one_by_one(const morgiana::Gallery& gallery, std::span<const Passage> passages) {
  return pass(passages, [&](std::span<const Passage> lanes) {
    std::vector<morgiana::Identification> answers;
    for (const Passage& lane : lanes) answers.push_back(gallery.identify(lane.probe, kOptions));
    return answers;
  });
}

Outcome batched(BatchQueue& queue, std::span<const Passage> passages) {
  return pass(passages, [&](std::span<const Passage> lanes) {
    std::vector<std::future<morgiana::Identification>> asked;
    for (const Passage& lane : lanes) asked.push_back(queue.submit(lane.probe));
    std::vector<morgiana::Identification> answers;
    for (auto& answer : asked) answers.push_back(answer.get());
    return answers;
  });
}

int run() {
  std::mt19937 random(1);
  const TemporaryFolder folder;
  const std::vector<Embedding> people = random_embeddings(kNumPeople, random);
  auto gallery = morgiana::Gallery::create(
      folder.file("gallery"),
      {.model = kModel, .key = morgiana::KeySource::create_file(folder.file("key"))});
  enrol(gallery, people);
  std::vector<Passage> passages;
  for (std::size_t i = 0; i < kNumGates * kProbesAGate; ++i) {
    const std::size_t person = random() % kNumPeople;
    passages.push_back({name_of(person), seen_again(people[person], random)});
  }

  const Outcome alone = one_by_one(gallery, passages);
  // No more than can wait at all, so that a batch of all of them does not wait for others.
  BatchQueue queue(gallery, kOptions,
                   {.max_batch = kNumGates * kLanesAGate,
                    .max_threads = std::max(1U, std::thread::hardware_concurrency())});
  const Outcome together = batched(queue, passages);
  const BatchQueue::Counts counts = queue.counts();

  std::printf("%zu probes of %zu gates among %zu people\n", passages.size(), kNumGates, kNumPeople);
  std::printf("one by one: %.1f us a probe\n", alone.microseconds_a_probe);
  std::printf("batched:    %.1f us a probe, %llu batches of %.1f probes\n",
              together.microseconds_a_probe, static_cast<unsigned long long>(counts.num_batches),
              static_cast<double>(counts.num_probes) / static_cast<double>(counts.num_batches));
  const std::size_t missed = alone.num_missed + together.num_missed;
  if (missed == 0) return 0;
  std::printf("%zu were not found\n", missed);
  return 1;
}

}  // namespace

int main() try { return run(); } catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
