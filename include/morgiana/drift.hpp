#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/drift_evidence.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// What is watched of a cohort's transactions.
enum class DriftStream {
  false_accepts,  // those that somebody adjudicated: that was not him
  scores,         // the best non-mated score of each, by the thresholds it reaches
};

constexpr std::string_view name(DriftStream stream) noexcept {
  switch (stream) {
    case DriftStream::false_accepts: return "false_accepts";
    case DriftStream::scores: return "scores";
  }
  return "unnamed";
}

/// What an alarm watches, and how seldom it may ring falsely.
struct DriftOptions {
  /// The chance that anything rings ever, of all cohorts and streams, while promises are kept.
  double alpha = 0.01;
  std::vector<std::string> cohorts;    // gates, buildings, groups; 1 to 1,000 names
  std::vector<Score> thresholds = {};  // of scores, ascending; without any they are not watched
  friend bool operator==(const DriftOptions&, const DriftOptions&) = default;
};

/// When a stream rang, and since when, most likely, its promise is not kept.
struct DriftRing {
  DriftMoment rang;
  DriftMoment since;
  std::optional<Score> threshold;  // that speaks for it most; none of false accepts
  friend bool operator==(const DriftRing&, const DriftRing&) = default;
};

/// One stream of one cohort, as it stands.
struct DriftStatus {
  std::string cohort;
  DriftStream stream;
  double e_value;   // of now
  double rings_at;  // the e-value
  std::uint64_t num_transactions;
  std::optional<DriftRing> ring;  // until it is acknowledged, whatever comes later
};

/// The rate that a calibration promises to a stream: the upper end of its interval; none where it
/// is unsupported. Where the same people come again and again, theirs may well be another than that
/// of strangers at large: with their number it is raised to what 97.5 % of such groups keep.
/// Errors: invalid_argument (no people).
inline std::optional<double> promised_rate(const PredictedRisk& risk,
                                           std::optional<std::uint64_t> num_people = {}) {
  if (risk.support == Support::unsupported) return std::nullopt;
  constexpr double kKnown = 1e18;  // trials of the bound: it has no interval of its own
  double rate = risk.bounds.high;
  if (num_people) {
    rate = prediction_interval(rate, kKnown, static_cast<double>(*num_people)).high;
  }
  return rate > 0.0 && rate < 1.0 ? std::optional(rate) : std::nullopt;
}

/// Rings when a calibration's promise is no longer kept: when false accepts come more often, or
/// strangers score higher, than the rates that are given with each transaction. Looking at it at
/// every moment, for ever, costs nothing: the chance that anything rings falsely stays at alpha.
/// Cohorts and streams share alpha evenly, so that who rings is told as surely as that it rings.
/// State is a value; drift_file.hpp writes and reads it.
/// Threads: one at a time.
/// Source:  decision record 0021; docs/drift.md.
class DriftAlarm {
 public:
  static constexpr std::size_t kMostCohorts = 1000;
  static constexpr std::size_t kMostThresholds = 16;

  /// One stream's evidence, by threshold, and whether it rang.
  struct Watch {
    std::vector<DriftEvidence> evidence;  // one of false accepts
    std::optional<DriftRing> ring;
    friend bool operator==(const Watch&, const Watch&) = default;
  };
  struct Cohort {
    Watch false_accepts;
    Watch scores;  // without evidence where there are no thresholds
    friend bool operator==(const Cohort&, const Cohort&) = default;
  };

  /// Errors: invalid_argument (alpha not in (0, 1); cohorts that are none, no lines of 1 to 256
  ///         bytes or there twice; thresholds that are no cosines, do not ascend, or over 16).
  explicit DriftAlarm(DriftOptions options);
  /// As it was written, cohorts in the order of the options.
  /// Errors: as above; invalid_argument (evidence of another shape).
  DriftAlarm(DriftOptions options, std::vector<Cohort> cohorts);

  /// What came of transactions whose answers were adjudicated, or would have been: whatever nobody
  /// complains of in time is no false accept. Give them in the order in which they took place, not
  /// the complaints first; several together count as one look.
  /// Shape:  promised is FPIR of each, in (0, 1).
  /// Errors: invalid_argument (an unknown cohort, a rate, counts, a time before the last one).
  /// Cost:   as DriftEvidence::observe, and a pass over the cohorts' names.
  /// Returns whether the stream has rung, now or earlier.
  bool observe_false_accepts(std::string_view cohort, Fpir promised, std::uint64_t num_transactions,
                             std::uint64_t num_false_accepts, std::int64_t at_s);

  /// The best score of a transaction with a subject who is somebody else, each a look: of a
  /// stranger the best, of an enrolled person that of the runner-up.
  /// Shape:  scores [any number]; promised [thresholds], FPIR of each, not rising.
  /// Errors: as above; invalid_argument (no score, another number of rates, scores not watched);
  ///         nothing is counted then.
  /// Cost:   some 0.2 us a score and threshold.
  bool observe_scores(std::string_view cohort, std::span<const Score> best_non_mated,
                      std::span<const double> promised, std::int64_t at_s);

  bool has_rung() const noexcept;
  /// Of all cohorts in their order; of each, false accepts first.
  std::vector<DriftStatus> status() const;

  /// Takes note that a stream rang, after its cause was found: it begins anew, as if its past had
  /// not been. Errors: invalid_argument (it has not rung: evidence is not to be thrown away).
  void acknowledge(std::string_view cohort, DriftStream stream);

  const DriftOptions& options() const noexcept { return options_; }
  const std::vector<Cohort>& cohorts() const noexcept { return cohorts_; }
  /// A stream's share of alpha, as the e-value it rings at.
  double rings_at() const noexcept {
    const double num_streams = options_.thresholds.empty() ? 1.0 : 2.0;
    return num_streams * static_cast<double>(options_.cohorts.size()) / options_.alpha;
  }

  friend bool operator==(const DriftAlarm&, const DriftAlarm&) = default;

 private:
  static Error refused(const std::string& why) { return {Errc::invalid_argument, why}; }
  static void check(const DriftOptions& options);
  /// Which cohort rings or is read must not depend on evidence that nobody gave.
  bool fits(const Watch& watch, std::size_t num_evidence) const noexcept;
  Cohort& cohort(std::string_view name);
  void check_scores(std::span<const Score> scores, std::span<const double> promised) const;
  static double e_value(const Watch& watch) noexcept;
  bool ring_where_due(Watch& watch, std::span<const Score> thresholds) const;
  DriftStatus status(std::size_t cohort, DriftStream stream, const Watch& watch) const;

  DriftOptions options_;
  std::vector<Cohort> cohorts_;
};

inline void DriftAlarm::check(const DriftOptions& options) {
  constexpr std::size_t kMostBytes = 256;
  if (!detail::is_number(options.alpha) || options.alpha <= 0.0 || options.alpha >= 1.0) {
    throw refused("alpha is between 0 and 1, got " + std::to_string(options.alpha));
  }
  if (options.cohorts.empty() || options.cohorts.size() > kMostCohorts) {
    throw refused("an alarm watches 1 to 1000 cohorts, got " +
                  std::to_string(options.cohorts.size()));
  }
  std::vector<std::string_view> names(options.cohorts.begin(), options.cohorts.end());
  for (const std::string_view name : names) {
    if (!detail::is_line(name) || name.size() > kMostBytes) {
      throw refused("a cohort's name has 1 to 256 bytes without control characters");
    }
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
    throw refused("a cohort is there twice");
  }
  if (options.thresholds.size() > kMostThresholds) {
    throw refused("scores are watched at up to 16 thresholds, got " +
                  std::to_string(options.thresholds.size()));
  }
  float before = -2.0F;
  for (const Score threshold : options.thresholds) {
    if (!detail::is_number(threshold.cosine) || threshold.cosine < -1.0F ||
        threshold.cosine > 1.0F || threshold.cosine <= before) {
      throw refused("thresholds are cosines, ascending");
    }
    before = threshold.cosine;
  }
}

inline DriftAlarm::DriftAlarm(DriftOptions options) : options_(std::move(options)) {
  check(options_);
  const Cohort fresh = {{{DriftEvidence{}}, std::nullopt},
                        {std::vector<DriftEvidence>(options_.thresholds.size()), std::nullopt}};
  cohorts_.assign(options_.cohorts.size(), fresh);
}

inline bool DriftAlarm::fits(const Watch& watch, std::size_t num_evidence) const noexcept {
  if (watch.evidence.size() != num_evidence || (num_evidence == 0 && watch.ring)) return false;
  for (const DriftEvidence& one : watch.evidence) {
    if (one.num_transactions() != watch.evidence.front().num_transactions() ||
        one.last_s() != watch.evidence.front().last_s()) {
      return false;
    }
  }
  if (!watch.ring) return num_evidence == 0 || e_value(watch) < rings_at();
  const DriftMoment& rang = watch.ring->rang;
  const DriftMoment& since = watch.ring->since;
  return rang.transaction <= watch.evidence.front().num_transactions() && since.transaction > 0 &&
         rang.at_s <= watch.evidence.front().last_s() && since.transaction <= rang.transaction &&
         since.at_s <= rang.at_s;
}

inline DriftAlarm::DriftAlarm(DriftOptions options, std::vector<Cohort> cohorts)
    : options_(std::move(options)), cohorts_(std::move(cohorts)) {
  check(options_);
  const auto& thresholds = options_.thresholds;
  bool is_state = cohorts_.size() == options_.cohorts.size();
  for (const Cohort& one : cohorts_) {
    is_state = is_state && fits(one.false_accepts, 1) && fits(one.scores, thresholds.size());
    if (is_state && one.false_accepts.ring) is_state = !one.false_accepts.ring->threshold;
    if (is_state && one.scores.ring) {
      const auto& at = one.scores.ring->threshold;
      is_state = at && std::find(thresholds.begin(), thresholds.end(), *at) != thresholds.end();
    }
  }
  if (!is_state) throw refused("the evidence is not that of such an alarm");
}

inline DriftAlarm::Cohort& DriftAlarm::cohort(std::string_view name) {
  const auto found = std::find(options_.cohorts.begin(), options_.cohorts.end(), name);
  if (found == options_.cohorts.end()) {
    throw refused("the alarm watches " + std::to_string(cohorts_.size()) +
                  " cohorts, and none of that name");
  }
  return cohorts_[static_cast<std::size_t>(found - options_.cohorts.begin())];
}

inline double DriftAlarm::e_value(const Watch& watch) noexcept {
  double sum = 0.0;
  for (const DriftEvidence& one : watch.evidence) sum += one.e_value();
  return sum / static_cast<double>(watch.evidence.size());
}

inline bool DriftAlarm::ring_where_due(Watch& watch, std::span<const Score> thresholds) const {
  if (watch.ring) return true;
  if (e_value(watch) < rings_at()) return false;
  const auto most = std::max_element(
      watch.evidence.begin(), watch.evidence.end(),
      [](const DriftEvidence& a, const DriftEvidence& b) { return a.e_value() < b.e_value(); });
  DriftRing ring{{most->num_transactions(), most->last_s()}, most->begin(), std::nullopt};
  if (!thresholds.empty()) {
    ring.threshold = thresholds[static_cast<std::size_t>(most - watch.evidence.begin())];
  }
  watch.ring = ring;
  return true;
}

inline bool DriftAlarm::observe_false_accepts(std::string_view cohort, Fpir promised,
                                              std::uint64_t num_transactions,
                                              std::uint64_t num_false_accepts, std::int64_t at_s) {
  Watch& watch = this->cohort(cohort).false_accepts;
  watch.evidence.front().observe(promised.rate, num_transactions, num_false_accepts, at_s);
  return ring_where_due(watch, {});
}

inline void DriftAlarm::check_scores(std::span<const Score> scores,
                                     std::span<const double> promised) const {
  if (options_.thresholds.empty()) throw refused("the alarm has no thresholds, and no scores");
  if (promised.size() != options_.thresholds.size()) {
    throw refused(std::to_string(promised.size()) + " rates came for " +
                  std::to_string(options_.thresholds.size()) + " thresholds");
  }
  double before = 1.0;
  for (const double rate : promised) {
    detail::check_promise(rate);
    if (rate > before) throw refused("a higher threshold is promised to be reached more often");
    before = rate;
  }
  for (const Score score : scores) {
    if (!detail::is_number(score.cosine)) throw refused("a non-mated score is no number");
  }
}

inline bool DriftAlarm::observe_scores(std::string_view cohort, std::span<const Score> scores,
                                       std::span<const double> promised, std::int64_t at_s) {
  Watch& watch = this->cohort(cohort).scores;
  check_scores(scores, promised);
  const DriftEvidence& seen = watch.evidence.front();
  if (seen.num_transactions() > 0) detail::check_order(at_s, seen.last_s());
  if (scores.size() > DriftEvidence::kMostTransactions - seen.num_transactions()) {
    throw refused("an alarm counts up to 2^53 transactions");
  }
  for (const Score score : scores) {
    for (std::size_t i = 0; i < promised.size(); ++i) {
      const std::uint64_t is_hit = detail::reaches(score, options_.thresholds[i]) ? 1 : 0;
      watch.evidence[i].observe(promised[i], 1, is_hit, at_s);
    }
    ring_where_due(watch, options_.thresholds);
  }
  return watch.ring.has_value();
}

inline bool DriftAlarm::has_rung() const noexcept {
  return std::any_of(cohorts_.begin(), cohorts_.end(), [](const Cohort& one) {
    return one.false_accepts.ring.has_value() || one.scores.ring.has_value();
  });
}

inline DriftStatus DriftAlarm::status(std::size_t cohort, DriftStream stream,
                                      const Watch& watch) const {
  return {options_.cohorts[cohort],
          stream,
          e_value(watch),
          rings_at(),
          watch.evidence.front().num_transactions(),
          watch.ring};
}

inline std::vector<DriftStatus> DriftAlarm::status() const {
  std::vector<DriftStatus> all;
  for (std::size_t i = 0; i < cohorts_.size(); ++i) {
    all.push_back(status(i, DriftStream::false_accepts, cohorts_[i].false_accepts));
    if (options_.thresholds.empty()) continue;
    all.push_back(status(i, DriftStream::scores, cohorts_[i].scores));
  }
  return all;
}

inline void DriftAlarm::acknowledge(std::string_view cohort, DriftStream stream) {
  Cohort& of = this->cohort(cohort);
  Watch& watch = stream == DriftStream::scores ? of.scores : of.false_accepts;
  if (!watch.ring) {
    throw refused("nothing has rung there; evidence that counts is not thrown away");
  }
  watch = {std::vector<DriftEvidence>(watch.evidence.size()), std::nullopt};
}

}  // namespace morgiana
