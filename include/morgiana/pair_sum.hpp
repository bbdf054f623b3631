#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "morgiana/metrics.hpp"

namespace morgiana::detail {

/// The chance that one of r of m images at least is among these c.
inline double any_of(std::uint32_t num_hits, std::uint32_t num_images, std::uint32_t num_drawn) {
  double none = 1.0;
  for (std::uint32_t i = 0; i < num_drawn; ++i) {
    const double left = static_cast<double>(num_images) - num_hits - i;
    if (left <= 0.0) return 1.0;
    none *= left / (static_cast<double>(num_images) - i);
  }
  return 1.0 - none;
}

/// The mean product over all ways to draw k of m values, of which those that are not 1 are given.
inline double mean_product(std::span<const double> values, std::uint32_t num_all, std::uint32_t k) {
  // means[j]: of the ways to draw j of those seen so far
  std::vector<double> means(k + 1, 0.0);
  means[0] = 1.0;
  double seen = 0.0;
  for (const double value : values) {
    seen += 1.0;
    for (std::uint32_t j = k; j > 0; --j) {
      means[j] = seen < j ? 0.0 : ((seen - j) * means[j] + j * value * means[j - 1]) / seen;
    }
  }
  // Hypergeometric: j of the k are among those given, where so many can be.
  const double h = seen;
  const double m = num_all;
  const auto choose = [](double n, double r) {
    double ways = 1.0;
    for (double i = 0; i < r; ++i) ways *= (n - i) / (i + 1.0);
    return n < r ? 0.0 : ways;
  };
  double mean = 0.0;
  for (std::uint32_t j = 0; j <= k; ++j) {
    mean += choose(h, j) * choose(m - h, static_cast<double>(k) - j) / choose(m, k) * means[j];
  }
  return mean;
}

/// A rate over people, as a sum of parts that pairs of them add: its variance is what each of them
/// moves it by, less what their pairs were counted twice (Hájek's projection of a U-statistic).
class PairSum {
 public:
  explicit PairSum(std::size_t num_identities) : moves_(num_identities, 0.0) {}

  /// A part that belongs to one of them alone.
  void move(std::uint32_t identity, double by) { moves_[identity] += by; }
  /// What a pair adds, and by how much the sum is smaller without it.
  void add(std::uint32_t a, std::uint32_t b, double share, double loss) {
    pairs_.push_back({std::min(a, b), std::max(a, b), share, loss});
  }

  struct Spread {
    double variance;
    std::uint64_t num_pairs;  // distinct
  };

  /// `is_member`: of the sample; the others cannot move the sum.
  Spread spread(const std::vector<bool>& is_member) {
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair& x, const Pair& y) {
      return std::pair(x.a, x.b) < std::pair(y.a, y.b);
    });
    Spread result{0.0, 0};
    for (std::size_t i = 0; i < pairs_.size();) {
      double share = 0.0;
      double loss = 0.0;
      const std::size_t first = i;
      for (; i < pairs_.size() && pairs_[i].a == pairs_[first].a && pairs_[i].b == pairs_[first].b;
           ++i) {
        share += pairs_[i].share;
        loss += pairs_[i].loss;
      }
      ++result.num_pairs;
      result.variance -= share * loss;
    }
    double sum = 0.0;
    double num_members = 0.0;
    for (std::size_t i = 0; i < moves_.size(); ++i) {
      if (is_member[i]) sum += moves_[i];
      if (is_member[i]) num_members += 1.0;
    }
    for (std::size_t i = 0; i < moves_.size(); ++i) {
      const double off = moves_[i] - sum / num_members;
      if (is_member[i]) result.variance += off * off;
    }
    return result;
  }

 private:
  struct Pair {
    std::uint32_t a;
    std::uint32_t b;
    double share;
    double loss;
  };
  std::vector<double> moves_;
  std::vector<Pair> pairs_;
};

/// Design effects by threshold, ascending. Where few pairs reach one, its own says little, and that
/// of the highest threshold with enough is lent to it; none is below 1.
class DesignEffect {
 public:
  double at(double own, std::uint64_t num_pairs) {
    constexpr std::uint64_t kEnough = 50;
    if (num_pairs >= kEnough || lent_ == 0.0) lent_ = own;
    return std::max({1.0, own, lent_});
  }

 private:
  double lent_ = 0.0;
};

}  // namespace morgiana::detail
