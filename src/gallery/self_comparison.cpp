#include "gallery/self_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "gallery/reference_reader.hpp"
#include "index/exact_score.hpp"
#include "index/query.hpp"
#include "index/search.hpp"
#include "morgiana/error.hpp"
#include "types/reference_key.hpp"

namespace morgiana {
namespace {

constexpr std::size_t kAtOnce = 256;  // references that are open together
constexpr std::uint32_t kMostReferences = 8;
constexpr std::size_t kMostPairs = 1'000'000;  // that are kept: each curve goes through them all
constexpr std::size_t kMostSurvivors = std::size_t{1} << 20;
constexpr double kFloorFmr = 0.01;  // below it a threshold is of no use to anybody
constexpr float kStep = 0.005F;

/// On the grid on which thresholds are.
float rounded_down(float score) {
  return std::floor(std::max(score, -1.0F) / kStep) * kStep;
}

}  // namespace

SelfComparison::SelfComparison(const Parts& parts, const State& state, std::uint64_t cohorts,
                               std::uint64_t max_subjects, const Execution& execution)
    : parts_(parts),
      state_(state),
      cohorts_(cohorts),
      execution_(execution),
      deadline_(execution.deadline),
      plain_(kAtOnce * parts.dim()) {
  choose(cohorts, max_subjects);
}

void SelfComparison::choose(std::uint64_t cohorts, std::uint64_t max_subjects) {
  const std::vector<std::uint64_t> keys = state_.view->keys(cohorts);
  std::uint64_t num_all = 0;
  for (const std::uint64_t key : keys) num_all += is_first_reference(key) ? 1U : 0U;
  const std::uint64_t num_chosen = std::min(num_all, max_subjects);
  std::uint64_t number = 0;
  bool is_chosen = false;
  for (const std::uint64_t key : keys) {
    if (is_first_reference(key)) {
      is_chosen = (number + 1) * num_chosen / num_all > number * num_chosen / num_all;
      if (is_chosen) subjects_.push_back(subject_key_of(key));
      ++number;
    }
    if (!is_chosen || number_of(key) >= kMostReferences) continue;
    references_.push_back(key);
    identity_of_.push_back(static_cast<std::uint32_t>(subjects_.size() - 1));
  }
}

void SelfComparison::open(std::size_t place, std::uint64_t reference, ReferenceReader& reader) {
  const std::span<const float> opened = reader.read(reference);
  if (opened.empty()) {
    throw Error(Errc::not_authentic,
                "the records of " + parts_.paths.database + " lack a reference of who is enrolled");
  }
  std::copy(opened.begin(), opened.end(), values(place).begin());
}

/// What a hundredth of the pairs reaches among some references of different subjects, or as many as
/// can be kept.
float SelfComparison::sampled_floor() {
  std::vector<std::size_t> sample;
  const std::size_t step = std::max<std::size_t>(1, subjects_.size() / kAtOnce);
  for (std::size_t i = 0; i < references_.size() && sample.size() < kAtOnce; ++i) {
    if (is_first_reference(references_[i]) && identity_of_[i] % step == 0) sample.push_back(i);
  }
  ReferenceReader reader(state_.records, parts_.vault);
  for (std::size_t i = 0; i < sample.size(); ++i) open(i, references_[sample[i]], reader);
  std::vector<float> scores;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      scores.push_back(index::exact_score(parts_.kernels, values(i), values(k)).cosine);
    }
  }
  const double num_pairs =
      0.5 * static_cast<double>(references_.size()) * static_cast<double>(references_.size());
  const double share = std::min(kFloorFmr, 0.5 * kMostPairs / num_pairs);
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(scores.size()));
  std::nth_element(scores.begin(), scores.begin() + rank, scores.end(), std::greater<>());
  return rounded_down(scores[static_cast<std::size_t>(rank)]);
}

void SelfComparison::run(const Progress& progress) {
  floor_ = sampled_floor();
  for (std::size_t first = 0; first < references_.size(); first += kAtOnce) {
    deadline_.check();
    const Opened some{first, std::min(kAtOnce, references_.size() - first)};
    ReferenceReader reader(state_.records, parts_.vault);
    for (std::size_t i = 0; i < some.count; ++i) open(i, references_[first + i], reader);
    compare_mated(some);
    compare_non_mated(some);
    if (non_mated_.size() > 2 * kMostPairs) raise_floor();
    if (progress) progress(first + some.count, references_.size());
  }
  if (non_mated_.size() > kMostPairs) raise_floor();
}

/// With the references of the same subject behind them: in the next batch, some of them.
void SelfComparison::compare_mated(Opened some) {
  ReferenceReader reader(state_.records, parts_.vault);
  for (std::size_t i = 0; i < some.count; ++i) {
    const std::size_t image = some.first + i;
    for (std::size_t other = image + 1;
         other < references_.size() && identity_of_[other] == identity_of_[image]; ++other) {
      const bool is_open = other < some.first + some.count;
      const std::span<const float> mate = is_open
                                              ? std::span<const float>(values(other - some.first))
                                              : reader.read(references_[other]);
      if (mate.empty()) throw Error(Errc::not_authentic, "a reference of who is enrolled is gone");
      mated_.push_back({static_cast<std::uint32_t>(image), static_cast<std::uint32_t>(other),
                        index::exact_score(parts_.kernels, values(i), mate).cosine});
    }
  }
}

/// With the references behind them, by the scan that every search makes.
void SelfComparison::compare_non_mated(Opened some) {
  struct Pair {
    index::Survivor reference;
    std::uint32_t probe;
  };
  std::vector<index::Query> queries;
  for (std::size_t i = 0; i < some.count; ++i) {
    queries.push_back(index::make_query(state_.view->rotation(), values(i), floor_));
  }
  ReferenceReader reader(state_.records, parts_.vault);
  const std::size_t num_blocks = state_.view->num_blocks();
  const std::size_t at_once = kMostSurvivors / kernels::kBlockRows / some.count;
  for (std::size_t block = 0; block < num_blocks; block += at_once) {
    const std::vector<index::Scanned> found =
        index::search(*state_.view, queries, {block, std::min(block + at_once, num_blocks)},
                      {parts_.kernels, cohorts_, deadline_}, execution_);
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < some.count; ++i) {
      const std::uint64_t own = references_[some.first + i];
      for (const index::Survivor& survivor : found[i].survivors) {
        if (subject_key_of(survivor.key) > subject_key_of(own)) {
          pairs.push_back({survivor, static_cast<std::uint32_t>(i)});
        }
      }
    }
    std::sort(pairs.begin(), pairs.end(),
              [](const Pair& a, const Pair& b) { return a.reference.key < b.reference.key; });
    auto place = references_.begin();
    std::span<const float> opened;
    std::uint64_t last_key = 0;
    for (const Pair& pair : pairs) {
      const std::uint64_t key = pair.reference.key;
      place = std::lower_bound(place, references_.end(), key);
      if (place == references_.end()) break;
      if (*place != key) continue;  // was not drawn
      if (key != last_key) {
        deadline_.check();
        opened = pair.reference.values != nullptr
                     ? std::span<const float>(pair.reference.values, parts_.dim())
                     : reader.read(key);
        last_key = key;
      }
      if (opened.empty())
        throw Error(Errc::not_authentic, "a reference of who is enrolled is gone");
      const float score = index::exact_score(parts_.kernels, values(pair.probe), opened).cosine;
      if (score < floor_) continue;
      non_mated_.push_back({static_cast<std::uint32_t>(some.first + pair.probe),
                            static_cast<std::uint32_t>(place - references_.begin()), score});
    }
  }
}

/// To keep half as many pairs.
void SelfComparison::raise_floor() {
  const auto middle = non_mated_.begin() + static_cast<std::ptrdiff_t>(kMostPairs / 2);
  std::nth_element(non_mated_.begin(), middle, non_mated_.end(),
                   [](const ImagePair& a, const ImagePair& b) { return a.score > b.score; });
  floor_ = rounded_down(middle->score) + kStep;
  std::erase_if(non_mated_, [&](const ImagePair& pair) { return pair.score < floor_; });
  if (!non_mated_.empty()) return;
  throw Error(Errc::invalid_argument,
              std::to_string(kMostPairs) +
                  " pairs of strangers and more score the same; these are no embeddings of faces");
}

}  // namespace morgiana
