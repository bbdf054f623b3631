#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/error.hpp"
#include "morgiana/metrics.hpp"
#include "morgiana/pair_sum.hpp"

namespace morgiana {

/// Two images that were compared.
struct ImagePair {
  std::uint32_t first;
  std::uint32_t second;
  float score;
};

/// Images of people, each compared with each, and what of it is needed: all pairs of one identity,
/// and those of two that score at least a floor.
struct Comparisons {
  std::span<const std::uint32_t> identity_of;  // of each image: 0, 1, 2, …, each has one at least
  std::span<const ImagePair> mated;            // every pair of one identity, once
  std::span<const ImagePair> non_mated;        // those of two that reach the floor, once
  float floor;
  /// Pairs of identities that were adjudicated as labelled wrongly: they count as not compared.
  std::span<const std::pair<std::uint32_t, std::uint32_t>> excluded = {};
};

/// What to estimate, and where.
struct EstimateOptions {
  std::vector<Score> thresholds;  // ascending, none below the floor
  std::uint32_t most_references = 3;
  std::uint32_t most_probes = 3;
};

/// Thresholds of an estimate where none are stated: from the floor in steps of 0.005, to the first
/// that fewer than ten pairs reach.
inline std::vector<Score> threshold_steps(float floor, std::span<const ImagePair> non_mated) {
  constexpr double kStep = 0.005;
  constexpr std::size_t kFewest = 10;
  std::vector<float> scores;
  for (const ImagePair& pair : non_mated) scores.push_back(pair.score);
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

/// One estimate: images, identities and hits in the order in which they are gone through.
class Estimation {
 public:
  Estimation(const Comparisons& comparisons, const EstimateOptions& options)
      : given_(comparisons), options_(options) {
    check_images();
    for (const auto& [a, b] : given_.excluded) exclude(a, b);
    sort_hits();
    sort_mates();
  }

  std::vector<CalibrationCurve> curves() const {
    std::vector<CalibrationCurve> all;
    for (std::uint32_t r = 1; r <= options_.most_references; ++r) {
      for (std::uint32_t k = 1; k <= options_.most_probes; ++k) {
        CalibrationCurve curve = this->curve(r, k);
        if (!curve.points.empty()) all.push_back(std::move(curve));
      }
    }
    return all;
  }

  std::size_t num_identities() const noexcept { return num_images_.size(); }

 private:
  struct Hit {
    std::uint32_t probe;      // identity
    std::uint32_t reference;  // identity
    std::uint32_t image;      // of the probe
    float score;
  };
  struct Mate {
    std::uint32_t image;
    float score;
  };

  static Error refused(const std::string& why) { return {Errc::invalid_argument, why}; }

  void check_images() {
    for (const std::uint32_t identity : given_.identity_of) {
      if (identity >= given_.identity_of.size()) throw refused("identities are numbered from 0");
      if (identity >= num_images_.size()) num_images_.resize(identity + std::size_t{1}, 0);
      ++num_images_[identity];
    }
    if (num_images_.size() < 2) {
      throw refused(std::to_string(num_images_.size()) +
                    " identities say nothing of strangers; two are needed at least");
    }
    if (std::count(num_images_.begin(), num_images_.end(), 0U) != 0) {
      throw refused("an identity has no image; they are numbered from 0 without a gap");
    }
    if (options_.thresholds.empty()) throw refused("there is no threshold to estimate at");
    float before = given_.floor;
    for (const Score threshold : options_.thresholds) {
      if (!is_number(threshold.cosine) || threshold.cosine < before) {
        throw refused("thresholds ascend from the floor of the comparisons");
      }
      before = std::nextafter(threshold.cosine, 2.0F);
    }
  }

  std::uint32_t identity_of(std::uint32_t image) const {
    if (image >= given_.identity_of.size()) {
      throw refused("image " + std::to_string(image) + " is compared and has no identity");
    }
    return given_.identity_of[image];
  }

  void exclude(std::uint32_t a, std::uint32_t b) {
    if (a == b || std::max(a, b) >= num_images_.size()) {
      throw refused("an excluded pair is of two identities that have images");
    }
    excluded_.insert({std::min(a, b), std::max(a, b)});
  }

  bool is_excluded(std::uint32_t a, std::uint32_t b) const {
    return excluded_.contains({std::min(a, b), std::max(a, b)});
  }

  void sort_hits() {
    for (const ImagePair& pair : given_.non_mated) {
      const std::uint32_t a = identity_of(pair.first);
      const std::uint32_t b = identity_of(pair.second);
      if (a == b) throw refused("a non-mated pair is of one identity");
      if (!is_number(pair.score)) throw refused("a non-mated score is no number");
      if (is_excluded(a, b)) continue;
      hits_.push_back({a, b, pair.first, pair.score});
      hits_.push_back({b, a, pair.second, pair.score});
    }
    std::sort(hits_.begin(), hits_.end(), [](const Hit& x, const Hit& y) {
      return std::tuple(x.probe, x.reference, x.image) < std::tuple(y.probe, y.reference, y.image);
    });
  }

  void sort_mates() {
    for (const ImagePair& pair : given_.mated) {
      if (identity_of(pair.first) != identity_of(pair.second) || pair.first == pair.second) {
        throw refused("a mated pair is not of two images of one identity");
      }
      if (!is_number(pair.score)) throw refused("a mated score is no number");
      mates_.push_back({pair.first, pair.score});
      mates_.push_back({pair.second, pair.score});
    }
    std::sort(mates_.begin(), mates_.end(),
              [](const Mate& x, const Mate& y) { return x.image < y.image; });
    std::size_t num_expected = 0;
    for (const std::size_t m : num_images_) num_expected += m * (m - 1);
    if (mates_.size() != num_expected) {
      throw refused(std::to_string(mates_.size() / 2) + " mated pairs came, and the images make " +
                    std::to_string(num_expected / 2));
    }
  }

  /// Whom one image of a probe reaches, with what chance by r references of theirs, drawn at
  /// random.
  std::vector<Reached> reached(float threshold, std::uint32_t r, std::uint32_t k) const {
    std::vector<Reached> found;
    for (std::size_t i = 0; i < hits_.size();) {
      const Hit& first = hits_[i];
      std::uint32_t count = 0;
      for (; i < hits_.size() && hits_[i].probe == first.probe &&
             hits_[i].reference == first.reference && hits_[i].image == first.image;
           ++i) {
        if (hits_[i].score >= threshold) ++count;
      }
      const std::uint32_t num_images = num_images_[first.reference];
      if (count == 0 || num_images < r || num_images_[first.probe] < k) continue;
      found.push_back({first.probe, first.reference, first.image, any_of(count, num_images, r)});
    }
    return found;
  }

  CalibrationCurve curve(std::uint32_t r, std::uint32_t k) const;
  std::optional<ObservedRate> fnmr(float threshold, std::uint32_t r, DesignEffect& effect) const;

  const Comparisons& given_;
  const EstimateOptions& options_;
  std::vector<std::uint32_t> num_images_;                       // of each identity
  std::set<std::pair<std::uint32_t, std::uint32_t>> excluded_;  // the lower number first
  std::vector<Hit> hits_;                                       // in both directions
  std::vector<Mate> mates_;
};

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

  Sample(std::span<const std::uint32_t> num_images, const IdentityPairs& excluded, std::uint32_t r,
         std::uint32_t k) {
    double num_both = 0.0;
    for (const std::uint32_t m : num_images) {
      is_member.push_back(m >= k || m >= r);
      if (m >= k) num_probes += 1.0;
      if (m >= r) num_subjects += 1.0;
      if (m >= k && m >= r) num_both += 1.0;
    }
    num_compared = num_probes * num_subjects - num_both;
    for (const auto& [a, b] : excluded) {
      if (num_images[a] >= k && num_images[b] >= r) num_compared -= 1.0;
      if (num_images[b] >= k && num_images[a] >= r) num_compared -= 1.0;
    }
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

inline CalibrationCurve Estimation::curve(std::uint32_t r, std::uint32_t k) const {
  const Sample sample(num_images_, excluded_, r, k);
  CalibrationCurve curve{r, k, static_cast<std::uint64_t>(sample.num_probes), 0.0, {}};
  if (sample.num_probes < 2.0 || sample.num_compared < sample.num_probes) return curve;
  curve.num_subjects = sample.num_compared / sample.num_probes;
  DesignEffect of_fmr;
  DesignEffect of_fpir;
  DesignEffect of_fnmr;
  for (const Score threshold : options_.thresholds) {
    RateSums sums(reached(threshold.cosine, r, k), num_images_, sample, k);
    const PairSum::Spread fmr = sums.fmr_sum.spread(sample.is_member);
    const PairSum::Spread fpir = sums.fpir_sum.spread(sample.is_member);
    curve.points.push_back(
        {threshold, fmr.num_pairs,
         observed(sums.fmr, sample.num_compared / 2.0, fmr.variance, fmr.num_pairs, of_fmr),
         observed(sums.fpir, sample.num_probes, fpir.variance, fpir.num_pairs, of_fpir),
         k == 1 ? fnmr(threshold.cosine, r, of_fnmr) : std::nullopt});
  }
  return curve;
}

/// Of one probe and r references of the same identity, drawn at random among its images.
inline std::optional<ObservedRate> Estimation::fnmr(float threshold, std::uint32_t r,
                                                    DesignEffect& effect) const {
  std::vector<double> missed(num_images_.size(), 0.0);  // mean over the identity's images
  for (std::size_t i = 0; i < mates_.size();) {
    const std::uint32_t image = mates_[i].image;
    std::uint32_t count = 0;
    for (; i < mates_.size() && mates_[i].image == image; ++i) {
      if (mates_[i].score >= threshold) ++count;
    }
    const std::uint32_t identity = given_.identity_of[image];
    const std::uint32_t num_images = num_images_[identity];
    if (num_images > r) missed[identity] += (1.0 - any_of(count, num_images - 1, r)) / num_images;
  }
  double num = 0.0;
  double sum = 0.0;
  double squares = 0.0;
  std::uint64_t num_hit = 0;
  for (std::size_t i = 0; i < num_images_.size(); ++i) {
    if (num_images_[i] <= r) continue;
    num += 1.0;
    sum += missed[i];
    squares += missed[i] * missed[i];
    if (missed[i] > 0.0) ++num_hit;
  }
  if (num < 2.0) return std::nullopt;
  const double mean = sum / num;
  const double variance = std::max(0.0, squares / num - mean * mean) / (num - 1.0);
  return observed(mean, num, variance, num_hit, effect);
}

}  // namespace detail

/// Error rates of a model, from images of many people: identities weigh the same; intervals count
/// that comparisons share people (docs/calibration.md).
/// Errors: invalid_argument (fewer than two identities, pairs that are missing, of one identity or
///         of none, scores that are no numbers, thresholds that do not ascend).
/// Cost:   for each threshold and kind of curve, the hits above the floor.
inline std::vector<CalibrationCurve> estimate(const Comparisons& comparisons,
                                              const EstimateOptions& options) {
  return detail::Estimation(comparisons, options).curves();
}

}  // namespace morgiana
