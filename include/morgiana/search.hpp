#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "morgiana/subject_id.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

struct Decision;
struct Policy;

/// How to search. A negative margin, a threshold or margin that is no number, an assurance out of
/// range, no cohort, or max_candidates 0 is refused with invalid_argument.
struct IdentifyOptions {
  Threshold accept;                 // least score of a candidate, in [-1, 1]
  float margin = 0.0F;              // how far the second subject must be behind the first, [0, 2]
  std::size_t max_candidates = 10;  // length of the candidate list at most
  bool include_scores = false;  // for calibration and audit: exact scores can rebuild a template
  Assurance assurance = {};
  Cohorts cohorts = {};                 // whom to compare with
  std::vector<SubjectId> exclude = {};  // whom not; an id that is not enrolled excludes nobody.
                                        // Each costs about 2 µs for every 256 probes
  std::string caller = {};              // who asks, a gate or a till: RefusalBudget
};

/// An enrolled subject whose score reached the threshold.
struct Candidate {
  SubjectId subject;
  std::optional<Score> score;  // with include_scores only
};

/// A subject and its best score over its references.
struct ScoredSubject {
  SubjectId subject;
  Score score;
};

class Identification;
class Verification;

namespace detail {

Decision compared(const Identification&, const Policy&);
Decision compared(const Verification&, const Policy&);

/// The order of candidates: the best score first, ties by subject id.
inline bool is_better(const ScoredSubject& a, const ScoredSubject& b) {
  return a.score != b.score ? a.score > b.score : a.subject < b.subject;
}

/// Whether the first of two leaders, best first, is less than `margin` ahead, or level with it.
inline bool is_ambiguous(const std::vector<ScoredSubject>& leaders, float margin) {
  if (leaders.size() < 2) return false;
  const double lead = double{leaders[0].score.cosine} - double{leaders[1].score.cosine};
  return !(is_number(margin) && lead > 0.0 && lead >= double{normal_bound(margin)});
}

}  // namespace detail

/// How much of the gallery an answer speaks for, and how surely.
struct Searched {
  std::uint64_t num_subjects = 0;  // of the cohorts, without those excluded or withheld
  std::uint64_t num_references = 0;
  std::uint64_t num_withheld = 0;  // subjects that were not, as a RefusalBudget is spent
  Assurance assurance = {};        // at least what was asked for
};

/// The answer to an open-set search: the accepted subjects, best first, ties by subject id.
/// Scores and margin stay inside, for `decide` alone, unless include_scores was asked.
class Identification {
 public:
  /// `found`: every subject that scores at least `accept - margin`, in any order; or the best ones,
  /// as many as there are candidates and two at least, with how many more reach the threshold.
  Identification(const IdentifyOptions& options, std::vector<ScoredSubject> found,
                 Searched searched, std::uint64_t num_more = 0);

  const std::vector<Candidate>& candidates() const& noexcept { return candidates_; }
  /// Of a temporary, so that a loop over `identify(…).candidates()` is sound.
  std::vector<Candidate> candidates() && noexcept { return std::move(candidates_); }
  /// How many subjects reached the threshold; more than candidates() holds where it was cut.
  std::size_t num_accepted() const noexcept { return num_accepted_; }
  /// The second subject, where it is level with the first or less than the margin behind it:
  /// the answer is ambiguous.
  const std::optional<SubjectId>& runner_up() const& noexcept { return runner_up_; }
  std::optional<SubjectId> runner_up() && noexcept { return std::move(runner_up_); }
  const IdentifyOptions& options() const noexcept { return options_; }
  const Searched& searched() const noexcept { return searched_; }

 private:
  friend Decision detail::compared(const Identification&, const Policy&);

  IdentifyOptions options_;
  std::vector<Candidate> candidates_;
  std::vector<ScoredSubject> leaders_;  // the best two at most
  std::size_t num_accepted_ = 0;
  std::optional<SubjectId> runner_up_;
  Searched searched_;
};

/// How to compare with one claimed subject.
struct VerifyOptions {
  Threshold accept;
  bool include_scores = false;
  std::string caller = {};  // who asks, a gate or a till: RefusalBudget
};

/// The answer to a 1:1 comparison with a claimed subject.
class Verification {
 public:
  Verification(const VerifyOptions& options, SubjectId claimed, Score best)
      : options_(options), claimed_(std::move(claimed)), best_(best) {}

  bool accepted() const noexcept { return detail::reaches(best_, options_.accept.at_least); }
  const SubjectId& claimed() const noexcept { return claimed_; }
  const VerifyOptions& options() const noexcept { return options_; }
  std::optional<Score> score() const {
    return options_.include_scores ? std::optional(best_) : std::nullopt;
  }

 private:
  friend Decision detail::compared(const Verification&, const Policy&);

  VerifyOptions options_;
  SubjectId claimed_;
  Score best_;
};

inline Identification::Identification(const IdentifyOptions& options,
                                      std::vector<ScoredSubject> found, Searched searched,
                                      std::uint64_t num_more)
    : options_(options), searched_(searched) {
  std::erase_if(found, [](const ScoredSubject& s) { return !detail::is_number(s.score.cosine); });
  std::sort(found.begin(), found.end(), detail::is_better);
  const auto first_refused = std::partition_point(
      found.begin(), found.end(),
      [&](const ScoredSubject& s) { return detail::reaches(s.score, options_.accept.at_least); });
  num_accepted_ = static_cast<std::size_t>(first_refused - found.begin());
  const std::size_t num_listed = std::min(num_accepted_, options_.max_candidates);
  num_accepted_ += static_cast<std::size_t>(num_more);
  for (std::size_t i = 0; i < num_listed; ++i) {
    candidates_.push_back(
        {found[i].subject, options_.include_scores ? std::optional(found[i].score) : std::nullopt});
  }
  leaders_.assign(found.begin(), found.begin() + std::min<std::ptrdiff_t>(2, std::ssize(found)));
  if (num_accepted_ > 0 && detail::is_ambiguous(leaders_, options_.margin)) {
    runner_up_ = leaders_[1].subject;
  }
}

}  // namespace morgiana
