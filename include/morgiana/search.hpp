#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/subject_id.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

struct Decision;
struct Policy;

/// How to search, by a threshold or by a risk. A negative margin, a threshold or margin that is no
/// number, an assurance or risk out of range, no cohort, or max_candidates 0 is refused with
/// invalid_argument; so are both a threshold and a risk, and a risk without a calibration.
struct IdentifyOptions {
  Threshold accept = {};            // least score of a candidate, in [-1, 1]
  float margin = 0.0F;              // how far the second subject must be behind the first, [0, 2]
  std::size_t max_candidates = 10;  // length of the candidate list at most
  bool include_scores = false;  // for calibration and audit: exact scores can rebuild a template
  Assurance assurance = {};
  Cohorts cohorts = {};                 // whom to compare with
  std::vector<SubjectId> exclude = {};  // whom not; an id that is not enrolled excludes nobody.
                                        // Each costs about 2 µs for every 256 probes
  std::string caller = {};              // who asks, a gate or a till: RefusalBudget
  std::optional<Risk> risk = {};        // in place of `accept`, which then follows from it
  std::shared_ptr<const Calibration> calibration = {};  // of the gallery's model
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

/// The threshold of a search; of one by a risk none but what that was resolved to.
template <class Options>
const Threshold& threshold_of(const Options& options, const std::optional<ResolvedRisk>& resolved) {
  static const Threshold kUnset{};
  if (resolved) return resolved->accept;
  return options.risk ? kUnset : options.accept;
}

}  // namespace detail

/// How much of the gallery an answer speaks for, and how surely.
struct Searched {
  std::uint64_t num_subjects = 0;  // of the cohorts, without those excluded or withheld
  std::uint64_t num_references = 0;
  std::uint64_t num_withheld = 0;  // subjects that are no answer, as a RefusalBudget is spent
  Assurance assurance = {};        // at least what was asked for
};

/// The answer to an open-set search: the accepted subjects, best first, ties by subject id.
/// Scores and margin stay inside, for `decide` alone, unless include_scores was asked.
class Identification {
 public:
  /// `found`: every subject that scores at least `accept - margin`, in any order; or the best ones,
  /// as many as there are candidates and two at least, with how many more reach the threshold.
  /// `resolved`: what the risk came to, where the search was by one.
  Identification(const IdentifyOptions& options, std::vector<ScoredSubject> found,
                 Searched searched, std::uint64_t num_more = 0,
                 std::optional<ResolvedRisk> resolved = std::nullopt);

  const std::vector<Candidate>& candidates() const& noexcept { return candidates_; }
  /// Of a temporary, so that a loop over `identify(…).candidates()` is sound.
  std::vector<Candidate> candidates() && noexcept { return std::move(candidates_); }
  /// How many subjects reached the threshold; more than candidates() holds where it was cut.
  std::size_t num_accepted() const noexcept { return num_accepted_; }
  /// The second subject, where it is level with the first or less than the margin behind it:
  /// the answer is ambiguous.
  const std::optional<SubjectId>& runner_up() const& noexcept { return runner_up_; }
  std::optional<SubjectId> runner_up() && noexcept { return std::move(runner_up_); }
  /// As they were given.
  const IdentifyOptions& options() const noexcept { return options_; }
  const Searched& searched() const noexcept { return searched_; }
  /// The threshold that keeps the risk among those searched, and what it rests on; none where the
  /// search was by a threshold. Where it is unsupported nobody was compared.
  const std::optional<ResolvedRisk>& resolved() const& noexcept { return resolved_; }
  std::optional<ResolvedRisk> resolved() && noexcept { return std::move(resolved_); }
  /// By which a candidate was accepted.
  const Threshold& accept() const noexcept { return detail::threshold_of(options_, resolved_); }

 private:
  friend Decision detail::compared(const Identification&, const Policy&);

  IdentifyOptions options_;
  std::vector<Candidate> candidates_;
  std::vector<ScoredSubject> leaders_;  // the best two at most
  std::size_t num_accepted_ = 0;
  std::optional<SubjectId> runner_up_;
  Searched searched_;
  std::optional<ResolvedRisk> resolved_;
};

/// How to compare with one claimed subject, by a threshold or by a risk: as IdentifyOptions.
struct VerifyOptions {
  Threshold accept = {};
  bool include_scores = false;
  std::string caller = {};  // who asks, a gate or a till: RefusalBudget
  std::optional<Risk> risk = {};
  std::shared_ptr<const Calibration> calibration = {};
};

/// The answer to a 1:1 comparison with a claimed subject.
class Verification {
 public:
  /// `best`: none where the risk is unsupported and nothing was compared.
  Verification(const VerifyOptions& options, SubjectId claimed, std::optional<Score> best,
               std::optional<ResolvedRisk> resolved = std::nullopt)
      : options_(options),
        claimed_(std::move(claimed)),
        best_(best),
        resolved_(std::move(resolved)) {}

  bool accepted() const noexcept { return best_ && detail::reaches(*best_, accept().at_least); }
  const SubjectId& claimed() const noexcept { return claimed_; }
  /// As they were given.
  const VerifyOptions& options() const noexcept { return options_; }
  std::optional<Score> score() const { return options_.include_scores ? best_ : std::nullopt; }
  /// As Identification::resolved, of one subject with its references.
  const std::optional<ResolvedRisk>& resolved() const& noexcept { return resolved_; }
  std::optional<ResolvedRisk> resolved() && noexcept { return std::move(resolved_); }
  /// By which the claim was accepted.
  const Threshold& accept() const noexcept { return detail::threshold_of(options_, resolved_); }

 private:
  friend Decision detail::compared(const Verification&, const Policy&);

  VerifyOptions options_;
  SubjectId claimed_;
  std::optional<Score> best_;
  std::optional<ResolvedRisk> resolved_;
};

inline Identification::Identification(const IdentifyOptions& options,
                                      std::vector<ScoredSubject> found, Searched searched,
                                      std::uint64_t num_more, std::optional<ResolvedRisk> resolved)
    : options_(options), searched_(searched), resolved_(std::move(resolved)) {
  std::erase_if(found, [](const ScoredSubject& s) { return !detail::is_number(s.score.cosine); });
  std::sort(found.begin(), found.end(), detail::is_better);
  const auto first_refused = std::partition_point(
      found.begin(), found.end(),
      [&](const ScoredSubject& s) { return detail::reaches(s.score, accept().at_least); });
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
