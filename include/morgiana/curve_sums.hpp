#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/pair_sum.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Thresholds of an estimate where none are stated: from the floor in steps of 0.005, to the first
/// that fewer than ten of these comparisons of strangers reach, each with its score.
template <class Scored>
std::vector<Score> threshold_steps(float floor, const Scored& non_mated) {
  constexpr double kStep = 0.005;
  constexpr std::size_t kFewest = 10;
  std::vector<float> scores;
  for (const auto& one : non_mated) scores.push_back(one.score);
  double last = double{floor};
  if (scores.size() >= kFewest) {
    const auto tenth = scores.begin() + kFewest - 1;
    std::nth_element(scores.begin(), tenth, scores.end(), std::greater<>());
    last = double{*tenth};
  }
  std::vector<Score> steps{{floor}};
  for (int i = 1; double{steps.back().cosine} < last; ++i) {
    steps.push_back({static_cast<float>(std::min(1.0, double{floor} + kStep * i))});
  }
  return steps;
}

namespace detail {

/// Errors: invalid_argument.
inline void require_ascending(std::span<const Score> thresholds, float floor) {
  const auto refuse = [](const char* why) { throw Error(Errc::invalid_argument, why); };
  if (thresholds.empty()) refuse("there is no threshold to estimate at");
  float least = floor;
  for (const Score threshold : thresholds) {
    if (!is_number(threshold.cosine) || threshold.cosine < least) {
      refuse("thresholds ascend from the floor of the comparisons");
    }
    least = std::nextafter(threshold.cosine, 2.0F);
  }
}

/// A reference identity that one image of a probe's reaches, with what chance by so many of its
/// images, drawn at random.
struct Reached {
  std::uint32_t probe;      // identity
  std::uint32_t reference;  // identity
  std::uint32_t image;      // of the probe
  double chance;
};

inline ObservedRate observed(double value, double num_trials, double variance,
                             std::uint64_t num_pairs, DesignEffect& effect) {
  value = std::min(value, 1.0);
  const double binomial = value * (1.0 - value) / num_trials;
  const double own = binomial > 0.0 ? variance / binomial : 0.0;
  return rate_of(value, num_trials / effect.at(own, num_pairs));
}

/// The hits of one probe identity: what its transactions of k images find.
class ProbeHits {
 public:
  /// `reached`: of one probe, by reference.
  ProbeHits(std::span<const Reached> reached, std::uint32_t num_images, std::uint32_t k)
      : reached_(reached), num_images_(num_images), k_(k) {
    for (const Reached& one : reached_) images_.push_back(one.image);
    std::sort(images_.begin(), images_.end());
    images_.erase(std::unique(images_.begin(), images_.end()), images_.end());
    log_survival_.resize(images_.size(), 0.0);
    for (const Reached& one : reached_) log_survival_[place(one)] += log_miss(one.chance);
    for (const double log : log_survival_) survival_.push_back(std::exp(log));
    fpir_ = found(survival_);
  }

  double fpir() const noexcept { return fpir_; }

  /// Calls with each subject, FMR with it, its share of FPIR, and what FPIR is less without it.
  template <class Each>
  void each_subject(Each each) const {
    double sum = 0.0;
    for (const Reached& one : reached_) sum += log_miss(one.chance);
    std::vector<double> with;
    std::vector<double> without = survival_;
    for (std::size_t i = 0; i < reached_.size();) {
      const std::size_t first = i;
      double own = 0.0;
      with.clear();
      for (; i < reached_.size() && reached_[i].reference == reached_[first].reference; ++i) {
        const double log = log_miss(reached_[i].chance);
        own += log;
        with.push_back(1.0 - reached_[i].chance);
        without[place(reached_[i])] =
            std::exp(std::min(0.0, log_survival_[place(reached_[i])] - log));
      }
      each(reached_[first].reference, found(with), fpir_ * own / sum, fpir_ - found(without));
      for (std::size_t j = first; j < i; ++j) {
        without[place(reached_[j])] = survival_[place(reached_[j])];
      }
    }
  }

 private:
  static double log_miss(double chance) { return std::log1p(-std::min(chance, 1.0 - 1e-15)); }

  std::size_t place(const Reached& one) const {
    const auto at = std::lower_bound(images_.begin(), images_.end(), one.image);
    return static_cast<std::size_t>(at - images_.begin());
  }

  /// The chance that one of k images, drawn at random, finds somebody.
  double found(std::span<const double> survival) const {
    return 1.0 - mean_product(survival, num_images_, k_);
  }

  std::span<const Reached> reached_;
  std::uint32_t num_images_;
  std::uint32_t k_;
  std::vector<std::uint32_t> images_;  // that reach somebody, ascending
  std::vector<double> log_survival_;   // of each
  std::vector<double> survival_;
  double fpir_;
};

using IdentityPairs = std::set<std::pair<std::uint32_t, std::uint32_t>>;

/// Who takes part in a curve of r references and k probes; excluded pairs were not compared.
struct Sample {
  std::vector<bool> is_member;
  double num_probes = 0.0;
  double num_subjects = 0.0;
  double num_compared = 0.0;  // probe and subject, of two identities
  double num_trials = 0.0;    // of these, each two people from one side alone

  /// `num_images` to probe with and `num_references` to be found by, of each identity.
  Sample(std::span<const std::uint32_t> num_images, std::span<const std::uint32_t> num_references,
         const IdentityPairs& excluded, std::uint32_t r, std::uint32_t k) {
    const auto probes = [&](std::uint32_t i) { return num_images[i] >= k; };
    const auto is_subject = [&](std::uint32_t i) { return num_references[i] >= r; };
    double num_both = 0.0;
    for (std::uint32_t i = 0; i < num_images.size(); ++i) {
      is_member.push_back(probes(i) || is_subject(i));
      if (probes(i)) num_probes += 1.0;
      if (is_subject(i)) num_subjects += 1.0;
      if (probes(i) && is_subject(i)) num_both += 1.0;
    }
    num_compared = num_probes * num_subjects - num_both;
    for (const auto& [a, b] : excluded) {
      if (probes(a) && is_subject(b)) num_compared -= 1.0;
      if (probes(b) && is_subject(a)) num_compared -= 1.0;
    }
    num_trials = num_compared / 2.0;
  }
};

/// FMR and FPIR at one threshold, each with what its pairs add to it.
struct RateSums {
  double fmr = 0.0;
  double fpir = 0.0;
  PairSum fmr_sum;
  PairSum fpir_sum;

  RateSums(std::span<const Reached> all, std::span<const std::uint32_t> num_images,
           const Sample& sample, std::uint32_t k)
      : fmr_sum(num_images.size()), fpir_sum(num_images.size()) {
    for (std::size_t i = 0; i < all.size();) {
      const std::size_t first = i;
      const std::uint32_t probe = all[first].probe;
      while (i < all.size() && all[i].probe == probe) ++i;
      const ProbeHits hits(all.subspan(first, i - first), num_images[probe], k);
      fpir += hits.fpir() / sample.num_probes;
      fpir_sum.move(probe, hits.fpir() / sample.num_probes);
      hits.each_subject([&](std::uint32_t subject, double match, double share, double loss) {
        const double part = match / sample.num_compared;
        fmr += part;
        fmr_sum.move(probe, part);
        fmr_sum.move(subject, part);
        fmr_sum.add(probe, subject, part, part);
        fpir_sum.move(subject, loss / sample.num_probes);
        fpir_sum.add(probe, subject, share / sample.num_probes, loss / sample.num_probes);
      });
    }
  }
};

/// FMR and FPIR by threshold, and FNMR where one probe is shown.
/// `reached(t)`: in order of probes, references and images, at a threshold; `missed(t, effect)`:
/// FNMR.
template <class ReachedAt, class MissedAt>
CalibrationCurve curve_of(const Sample& sample, std::span<const std::uint32_t> num_images,
                          std::uint32_t r, std::uint32_t k, std::span<const Score> thresholds,
                          ReachedAt reached, MissedAt missed) {
  CalibrationCurve curve{r, k, static_cast<std::uint64_t>(sample.num_probes), 0.0, {}};
  if (sample.num_probes < 2.0 || sample.num_compared < sample.num_probes) return curve;
  curve.num_subjects = sample.num_compared / sample.num_probes;
  DesignEffect of_fmr;
  DesignEffect of_fpir;
  DesignEffect of_fnmr;
  for (const Score threshold : thresholds) {
    const std::vector<Reached> all = reached(threshold.cosine);
    RateSums sums(all, num_images, sample, k);
    // Who is enrolled meets one subject fewer: where all hits are of a stranger like everybody, FMR
    // would be the larger.
    sums.fmr = std::min(sums.fmr, sums.fpir);
    const PairSum::Spread fmr = sums.fmr_sum.spread(sample.is_member);
    const PairSum::Spread fpir = sums.fpir_sum.spread(sample.is_member);
    curve.points.push_back(
        {threshold, fmr.num_pairs,
         observed(sums.fmr, sample.num_trials, fmr.variance, fmr.num_pairs, of_fmr),
         observed(sums.fpir, sample.num_probes, fpir.variance, fpir.num_pairs, of_fpir),
         k == 1 ? missed(threshold.cosine, of_fnmr) : std::nullopt});
  }
  return curve;
}

/// Of people who each err at a rate of their own, `errs`; none of fewer than two.
inline std::optional<ObservedRate> rate_of_people(std::span<const double> errs,
                                                  DesignEffect& effect) {
  const double num = static_cast<double>(errs.size());
  if (num < 2.0) return std::nullopt;
  double sum = 0.0;
  double squares = 0.0;
  std::uint64_t num_erring = 0;
  for (const double one : errs) {
    sum += one;
    squares += one * one;
    if (one > 0.0) ++num_erring;
  }
  const double mean = sum / num;
  const double variance = std::max(0.0, squares / num - mean * mean) / (num - 1.0);
  return observed(mean, num, variance, num_erring, effect);
}

}  // namespace detail
}  // namespace morgiana
