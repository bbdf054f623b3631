#include "gallery/rerank.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "index/exact_score.hpp"
#include "types/reference_key.hpp"

namespace morgiana {

Rerank::Rerank(const Parts& parts, const store::Snapshot* records, std::span<const Template> probes,
               const IdentifyOptions& options, Score accept, float floor, std::optional<float> band,
               const WithheldSubjects& withheld, const parallel::Deadline& deadline)
    : parts_(parts),
      records_(records),
      probes_(probes),
      options_(options),
      withheld_(withheld),
      accept_(accept),
      floor_(floor),
      deadline_(deadline),
      rankings_(probes.size(), Ranking(options, accept)),
      near_misses_(band ? probes.size() : 0, NearMisses(accept, band.value_or(0.0F))),
      withheld_best_(probes.size()),
      contested_by_(probes.size()) {}

bool Rerank::run(std::vector<Pair>& pairs) {
  if (pairs.empty()) return true;
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair& a, const Pair& b) { return a.reference.key < b.reference.key; });
  std::optional<store::Snapshot> newest;
  ReferenceReader reader(
      records_ != nullptr ? *records_ : newest.emplace(parts_.database.snapshot()), parts_.vault);
  for (auto first = pairs.begin(); first != pairs.end();) {
    deadline_.check();
    const auto last = std::find_if(first, pairs.end(), [&](const Pair& pair) {
      return pair.reference.key != first->reference.key;
    });
    if (!score(std::span(first, last), reader)) return false;
    first = last;
  }
  return true;
}

bool Rerank::score(std::span<const Pair> same_reference, ReferenceReader& reader) {
  const index::Survivor& reference = same_reference.front().reference;
  const bool is_sealed = reference.values == nullptr;
  const std::uint64_t whose = subject_key_of(reference.key);
  const bool is_withheld = withheld_.is_compared(whose);
  const std::span<const float> values =
      is_sealed ? reader.read(reference.key) : std::span(reference.values, parts_.dim());
  if (values.empty()) return false;
  for (const Pair& pair : same_reference) {
    const Score score = index::exact_score(parts_.kernels, probes_[pair.probe].values(), values);
    if (!near_misses_.empty() && !is_withheld) near_misses_[pair.probe].add(whose, score);
    if (score.cosine < floor_) continue;
    // What is in memory may have been removed since; the records say so, and name the subject.
    if (!is_sealed && !reader.load_subject(whose)) return false;
    if (is_withheld) {
      withheld_best_[pair.probe].add(whose, score);
      continue;
    }
    const store::SubjectRow& row = reader.subject();
    rankings_[pair.probe].add(row.subject_key, row.id, score);
  }
  return true;
}

std::vector<std::uint64_t> Rerank::refused(std::size_t probe, const Identification& answer) {
  if (near_misses_.empty()) return {};
  const bool names_runner_up = answer.runner_up().has_value() && answer.num_accepted() == 1;
  std::vector<std::uint64_t> refused = std::move(near_misses_[probe]).take(names_runner_up);
  refused.insert(refused.end(), contested_by_[probe].begin(), contested_by_[probe].end());
  return refused;
}

bool Rerank::is_contested(std::size_t probe) {
  const auto& best = rankings_[probe].best();
  if (!best || !detail::reaches(best->score, accept_)) return false;
  if (!withheld_best_[probe].contests(best->score, options_.margin)) return false;
  contested_by_[probe].push_back(withheld_best_[probe].subject_key());
  return true;
}

Identification Rerank::answer(std::size_t probe, Searched searched,
                              const std::optional<ResolvedRisk>& resolved) {
  if (is_contested(probe)) return Identification(options_, {}, searched, 0, resolved);
  return std::move(rankings_[probe]).answer(searched, resolved);
}

}  // namespace morgiana
