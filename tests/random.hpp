#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace morgiana::test {

using Vector = std::vector<float>;

/// Isotropic unit vectors, the same on every run.
class Vectors {
 public:
  Vectors(std::uint32_t dim, std::uint64_t seed) : dim_(dim), random_(seed) {}

  Vector gaussian() {
    Vector values(dim_);
    for (float& value : values) value = static_cast<float>(normal_(random_));
    return values;
  }

  Vector unit() { return normalised(gaussian()); }

  /// A unit vector at about this cosine to a unit vector.
  Vector at_cosine(const Vector& to, double cosine) {
    Vector other = gaussian();
    double along = 0;
    for (std::size_t i = 0; i < to.size(); ++i) along += double{to[i]} * other[i];
    double energy = 0;
    for (std::size_t i = 0; i < to.size(); ++i) {
      other[i] -= static_cast<float>(along * to[i]);
      energy += double{other[i]} * other[i];
    }
    const double across = std::sqrt((1 - cosine * cosine) / energy);
    for (std::size_t i = 0; i < to.size(); ++i) {
      other[i] = static_cast<float>(cosine * to[i] + across * other[i]);
    }
    return other;
  }

  static Vector normalised(Vector values) {
    double energy = 0;
    for (const float value : values) energy += double{value} * value;
    for (float& value : values) value = static_cast<float>(value / std::sqrt(energy));
    return values;
  }

 private:
  std::uint32_t dim_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
};

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

}  // namespace morgiana::test
