#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/calibration_estimate.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/pair_sum.hpp"

namespace morgiana {

/// What one probe found among subjects with one reference each.
struct SearchOutcome {
  std::uint32_t identity;      // whose probe
  std::optional<float> mate;   // the score of the own reference; none of a stranger
  std::uint32_t best_subject;  // of the others, the identity that scores highest
  float best;
  float second;  // the highest score of the others but that one
};

/// Open-set identification at one threshold, by candidates at rank 1 (ISO/IEC 19795-1).
struct IdentificationPoint {
  Score threshold;
  ObservedRate fpir;  // strangers who find somebody
  ObservedRate fnir;  // enrolled people who do not find themselves first, or below the threshold
};

namespace detail {

/// A rate over people, each of whom weighs the same however many probes they have, among subjects
/// who make some of them go wrong: how much either moves it.
class SearchRate {
 public:
  SearchRate(std::span<const SearchOutcome> outcomes, const std::vector<bool>& is_subject)
      : outcomes_(outcomes), num_probes_(is_subject.size(), 0), bystander_(is_subject) {
    for (const SearchOutcome& one : outcomes) ++num_probes_[one.identity];
    for (std::size_t i = 0; i < num_probes_.size(); ++i) {
      has_probe_.push_back(num_probes_[i] > 0);
      if (num_probes_[i] > 0) bystander_[i] = false;
    }
    num_people_ = static_cast<double>(std::count(has_probe_.begin(), has_probe_.end(), true));
  }

  /// `errs`: of one outcome, given the best score of the others.
  template <class Errs>
  ObservedRate at(Errs errs, DesignEffect& effect) const {
    PairSum of_people(num_probes_.size());
    PairSum of_bystanders(num_probes_.size());
    std::vector<bool> has_erred(num_probes_.size(), false);
    double value = 0.0;
    for (const SearchOutcome& one : outcomes_) {
      if (!errs(one, one.best)) continue;
      const double share = 1.0 / num_people_ / num_probes_[one.identity];
      value += share;
      has_erred[one.identity] = true;
      of_people.move(one.identity, share);
      if (errs(one, one.second)) continue;  // somebody else takes the place of the best
      (bystander_[one.best_subject] ? of_bystanders : of_people).move(one.best_subject, share);
      of_people.add(one.identity, one.best_subject, share, share);
    }
    const double variance =
        of_people.spread(has_probe_).variance + of_bystanders.spread(bystander_).variance;
    const auto num_erred =
        static_cast<std::uint64_t>(std::count(has_erred.begin(), has_erred.end(), true));
    return observed(value, num_people_, std::max(variance, 0.0), num_erred, effect);
  }

 private:
  std::span<const SearchOutcome> outcomes_;
  std::vector<std::uint32_t> num_probes_;  // of each identity
  std::vector<bool> has_probe_;
  std::vector<bool> bystander_;  // subjects who have no probe
  double num_people_ = 0.0;
};

inline void check_outcomes(std::span<const SearchOutcome> outcomes,
                           const std::vector<bool>& is_subject, bool is_mated) {
  const auto refuse = [](const char* why) { throw Error(Errc::invalid_argument, why); };
  if (outcomes.empty()) refuse("identification needs searches of enrolled people and of strangers");
  for (const SearchOutcome& one : outcomes) {
    if (one.identity >= is_subject.size() || one.best_subject >= is_subject.size()) {
      refuse("a search is of an identity that is not numbered");
    }
    if (is_subject[one.identity] != is_mated || one.mate.has_value() != is_mated) {
      refuse("a stranger is enrolled, or an enrolled person has no mate");
    }
    if (!is_subject[one.best_subject] || one.best_subject == one.identity) {
      refuse("a search finds somebody who is not another subject");
    }
    if (!is_number(one.best) || !is_number(one.second) || one.second > one.best ||
        (one.mate && !is_number(*one.mate))) {
      refuse("a search has a score that is none");
    }
  }
}

}  // namespace detail

/// FPIR and FNIR with intervals, by threshold. The unit is the identity: the probes of a person
/// share it, and weigh together as those of another. Intervals count that, and that people fail by
/// the same subjects, as those of FMR do; they are of galleries of this size.
/// Shape:  is_subject [identities]; mated outcomes of subjects, the others of strangers; thresholds
///         ascending; at -1 FNIR is that of rank 1, whatever the score.
/// Errors: invalid_argument.
/// Source: decision record 0020.
inline std::vector<IdentificationPoint> estimate_identification(
    std::span<const SearchOutcome> mated, std::span<const SearchOutcome> strangers,
    const std::vector<bool>& is_subject, std::span<const Score> thresholds) {
  detail::check_outcomes(mated, is_subject, true);
  detail::check_outcomes(strangers, is_subject, false);
  const detail::SearchRate fpir(strangers, is_subject);
  const detail::SearchRate fnir(mated, is_subject);
  detail::DesignEffect of_fpir;
  detail::DesignEffect of_fnir;
  std::vector<IdentificationPoint> points;
  for (const Score at : thresholds) {
    if (!detail::is_number(at.cosine) ||
        (!points.empty() && at.cosine <= points.back().threshold.cosine)) {
      throw Error(Errc::invalid_argument, "thresholds ascend");
    }
    const auto finds = [&](const SearchOutcome&, float best) { return best >= at.cosine; };
    const auto misses = [&](const SearchOutcome& one, float best) {
      return *one.mate < at.cosine || best > *one.mate;
    };
    points.push_back({at, fpir.at(finds, of_fpir), fnir.at(misses, of_fnir)});
  }
  return points;
}

}  // namespace morgiana
