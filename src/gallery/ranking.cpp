#include "gallery/ranking.hpp"

#include <algorithm>
#include <utility>

namespace morgiana {
namespace {

/// So many more than can be shown are kept before the rest is dropped.
constexpr std::size_t kSpare = 1024;

}  // namespace

/// A list of one has a second: whether the answer is ambiguous.
Ranking::Ranking(const IdentifyOptions& options, Score accept)
    : options_(options),
      accept_(accept),
      num_best_(std::max<std::size_t>(2, options.max_candidates)) {}

void Ranking::add(std::uint64_t subject_key, const std::string& subject, Score score) {
  if (!best_ || score > best_->score) best_ = {subject_key, score};
  if (last_key_ == subject_key) {
    found_.back().score = std::max(found_.back().score, score);
    return;
  }
  if (found_.size() > kSpare && found_.size() - kSpare >= num_best_) keep_best();
  found_.push_back({SubjectId(subject), score});
  last_key_ = subject_key;
}

void Ranking::keep_best() {
  const auto end = found_.begin() + static_cast<std::ptrdiff_t>(num_best_);
  std::nth_element(found_.begin(), end, found_.end(), detail::is_better);
  num_dropped_ += static_cast<std::uint64_t>(std::count_if(
      end, found_.end(),
      [&](const ScoredSubject& subject) { return detail::reaches(subject.score, accept_); }));
  found_.erase(end, found_.end());
}

Identification Ranking::answer(Searched searched, const std::optional<ResolvedRisk>& resolved) && {
  return Identification(options_, std::move(found_), searched, num_dropped_, resolved);
}

}  // namespace morgiana
