#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
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

namespace detail {

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
    require_ascending(options_.thresholds, given_.floor);
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
  std::vector<std::uint32_t> num_images_;  // of each identity
  IdentityPairs excluded_;                 // the lower number first
  std::vector<Hit> hits_;                  // in both directions
  std::vector<Mate> mates_;
};

inline CalibrationCurve Estimation::curve(std::uint32_t r, std::uint32_t k) const {
  return curve_of(
      Sample(num_images_, num_images_, excluded_, r, k), num_images_, r, k, options_.thresholds,
      [&](float threshold) { return reached(threshold, r, k); },
      [&](float threshold, DesignEffect& effect) { return fnmr(threshold, r, effect); });
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
  std::vector<double> errs;
  for (std::size_t i = 0; i < num_images_.size(); ++i) {
    if (num_images_[i] > r) errs.push_back(missed[i]);
  }
  return rate_of_people(errs, effect);
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
