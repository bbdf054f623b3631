#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/curve_sums.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/pair_sum.hpp"

namespace morgiana {

/// A subject that a search found, with its best score.
struct LoggedScore {
  std::uint32_t search;
  std::uint32_t subject;
  float score;
};

/// Searches at a gate, each of a person who is known by other means, among all subjects.
struct SearchLog {
  std::span<const std::uint32_t> person_of;       // of each search: an identity
  std::span<const std::uint32_t> num_references;  // of each identity; 0 of who is not enrolled
  std::span<const LoggedScore> found;  // every subject that reaches the floor, once a search
  float floor;
  /// Pairs of identities that were adjudicated as one person: they count as not compared.
  std::span<const std::pair<std::uint32_t, std::uint32_t>> excluded = {};
};

namespace detail {

/// One estimate of a log.
class LogEstimation {
 public:
  LogEstimation(const SearchLog& log, std::span<const Score> thresholds)
      : given_(log), thresholds_(thresholds), num_searches_(log.num_references.size(), 0) {
    require_ascending(thresholds, log.floor);
    for (const std::uint32_t person : log.person_of) {
      require_identity(person);
      ++num_searches_[person];
    }
    for (const auto& [a, b] : log.excluded) {
      require_identity(std::max(a, b));
      if (a == b) throw refused("an excluded pair is of two identities");
      excluded_.insert({std::min(a, b), std::max(a, b)});
    }
    sort_found();
  }

  std::vector<CalibrationCurve> curves(std::uint32_t most_probes) const {
    std::set<std::uint32_t> counts(given_.num_references.begin(), given_.num_references.end());
    counts.erase(0);
    std::vector<CalibrationCurve> all;
    for (const std::uint32_t r : counts) {
      const std::vector<bool> is_subject = with_references(r);
      for (std::uint32_t k = 1; k <= most_probes; ++k) {
        CalibrationCurve curve = curve_of(
            sample(is_subject, k), num_searches_, r, k, thresholds_,
            [&](float threshold) { return reached(threshold, is_subject, k); },
            [&](float threshold, DesignEffect& effect) {
              return fnmr(threshold, is_subject, effect);
            });
        if (!curve.points.empty()) all.push_back(std::move(curve));
      }
    }
    return all;
  }

 private:
  static Error refused(const std::string& why) { return {Errc::invalid_argument, why}; }

  void require_identity(std::uint32_t identity) const {
    if (identity >= given_.num_references.size()) {
      throw refused("identity " + std::to_string(identity) + " is not among the " +
                    std::to_string(given_.num_references.size()) + " of the log");
    }
  }

  void sort_found() {
    best_own_.assign(given_.person_of.size(), -2.0F);
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (const LoggedScore& one : given_.found) {
      if (one.search >= given_.person_of.size()) throw refused("a score is of no search");
      require_identity(one.subject);
      if (given_.num_references[one.subject] == 0) {
        throw refused("a search found somebody who is not enrolled");
      }
      if (!is_number(one.score) || one.score < given_.floor) {
        throw refused("a score is below the floor of the log, or no number");
      }
      if (!seen.insert({one.search, one.subject}).second) {
        throw refused("a search found one subject twice");
      }
      const std::uint32_t person = given_.person_of[one.search];
      if (one.subject == person) {
        best_own_[one.search] = one.score;
      } else if (!excluded_.contains(
                     {std::min(person, one.subject), std::max(person, one.subject)})) {
        strangers_.push_back(one);
      }
    }
    std::sort(strangers_.begin(), strangers_.end(),
              [&](const LoggedScore& x, const LoggedScore& y) { return place(x) < place(y); });
  }

  std::tuple<std::uint32_t, std::uint32_t, std::uint32_t> place(const LoggedScore& one) const {
    return {given_.person_of[one.search], one.subject, one.search};
  }

  std::vector<bool> with_references(std::uint32_t r) const {
    std::vector<bool> has;
    for (const std::uint32_t count : given_.num_references) has.push_back(count == r);
    return has;
  }

  Sample sample(const std::vector<bool>& is_subject, std::uint32_t k) const {
    std::vector<std::uint32_t> as_subject(is_subject.begin(), is_subject.end());
    Sample sample(num_searches_, as_subject, excluded_, 1, k);
    // Most searches are of strangers or among bystanders, whom nobody meets from the other side.
    const auto is_both = [&](std::size_t i) { return is_subject[i] && num_searches_[i] >= k; };
    double num_both = 0.0;
    for (std::size_t i = 0; i < num_searches_.size(); ++i) num_both += is_both(i) ? 1.0 : 0.0;
    double num_met_twice = num_both * (num_both - 1.0) / 2.0;
    for (const auto& [a, b] : excluded_) num_met_twice -= is_both(a) && is_both(b) ? 1.0 : 0.0;
    sample.num_trials = sample.num_compared - num_met_twice;
    return sample;
  }

  /// Who is found by all references that they have.
  std::vector<Reached> reached(float threshold, const std::vector<bool>& is_subject,
                               std::uint32_t k) const {
    std::vector<Reached> all;
    for (const LoggedScore& one : strangers_) {
      const std::uint32_t person = given_.person_of[one.search];
      if (one.score < threshold || !is_subject[one.subject] || num_searches_[person] < k) continue;
      all.push_back({person, one.subject, one.search, 1.0});
    }
    return all;
  }

  std::optional<ObservedRate> fnmr(float threshold, const std::vector<bool>& is_subject,
                                   DesignEffect& effect) const {
    std::vector<double> missed(num_searches_.size(), 0.0);
    for (std::size_t search = 0; search < best_own_.size(); ++search) {
      const std::uint32_t person = given_.person_of[search];
      if (best_own_[search] < threshold) missed[person] += 1.0 / num_searches_[person];
    }
    std::vector<double> errs;
    for (std::size_t i = 0; i < missed.size(); ++i) {
      if (num_searches_[i] > 0 && is_subject[i]) errs.push_back(missed[i]);
    }
    return rate_of_people(errs, effect);
  }

  const SearchLog& given_;
  std::span<const Score> thresholds_;
  std::vector<std::uint32_t> num_searches_;  // of each identity
  IdentityPairs excluded_;                   // the lower number first
  std::vector<LoggedScore> strangers_;       // by person, subject and search
  std::vector<float> best_own_;  // of each search; below every score where there is none
};

}  // namespace detail

/// Error rates at a gate. People weigh the same, however often they came; intervals count that
/// searches share people. A curve of r references is of the subjects who have so many. A
/// transaction of k probes is k searches of one person, drawn at random, of who came so often.
/// Shape:  identities are numbered 0, 1, 2, … as in num_references; thresholds ascend from the
/// floor. Errors: invalid_argument (identities that are not numbered, scores below the floor or
/// twice). Cost:   for each threshold and kind of curve, the scores of strangers, and of each
/// person the
///         searches times the subjects found.
inline std::vector<CalibrationCurve> estimate(const SearchLog& log,
                                              std::span<const Score> thresholds,
                                              std::uint32_t most_probes = 3) {
  return detail::LogEstimation(log, thresholds).curves(most_probes);
}

}  // namespace morgiana
