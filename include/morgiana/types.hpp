#pragma once

#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace morgiana {

inline constexpr std::uint32_t kMinDim = 32;
inline constexpr std::uint32_t kMaxDim = 4096;

/// A comparison score: the cosine of two templates, [-1, 1], higher is closer. It is their product
/// as they are, so where norms are 1 only nearly (template.hpp) it is the cosine to within 1e-6.
struct Score {
  float cosine;
  friend auto operator<=>(const Score&, const Score&) = default;
};

namespace detail {

/// Neither NaN nor infinite, by its bits: a caller's -ffast-math cannot take the question away.
constexpr bool is_number(float value) noexcept {
  return (std::bit_cast<std::uint32_t>(value) & 0x7F800000U) != 0x7F800000U;
}

constexpr bool is_number(double value) noexcept {
  return (std::bit_cast<std::uint64_t>(value) & 0x7FF0000000000000U) != 0x7FF0000000000000U;
}

/// What a host that flushes subnormals would take for zero becomes the smallest normal float:
/// scores are zero or normal, so none reaches the one and not the other.
constexpr float normal_bound(float least) noexcept {
  const bool is_subnormal = std::bit_cast<std::uint32_t>(least) - 1U < 0x7FFFFFU;  // and above zero
  return is_subnormal ? std::bit_cast<float>(0x00800000U) : least;
}

/// The least float that is not below what was stated, so that no bound is lowered.
inline float at_or_above(double stated) noexcept {
  const auto nearest = static_cast<float>(stated);
  if (double{nearest} >= stated) return nearest;
  return std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

/// Whether a score is a number that is at least the other.
constexpr bool reaches(Score score, Score least) noexcept {
  return is_number(score.cosine) && is_number(least.cosine) &&
         score.cosine >= normal_bound(least.cosine);
}

}  // namespace detail

/// A false match rate (ISO/IEC 19795-1), a probability.
struct Fmr {
  double rate;
};

/// How many of the searches for somebody who is not enrolled end with a candidate: a false positive
/// identification rate (ISO/IEC 19795-1), a probability.
struct Fpir {
  double rate;
  friend bool operator==(const Fpir&, const Fpir&) = default;
};

/// How often the transaction of a stranger may end with somebody, in place of a threshold: a
/// Calibration knows which one keeps it among those who are compared.
struct Risk {
  Fpir at_most;                  // above 0 and below 1; against one claimed subject it is the FMR
  std::uint32_t num_probes = 1;  // of a transaction, at least 1: frames times tries
  friend bool operator==(const Risk&, const Risk&) = default;
};

namespace detail {

/// Whether searches can be asked for it.
constexpr bool is_valid(Fpir at_most) noexcept {
  return is_number(at_most.rate) && at_most.rate > 0.0 && at_most.rate < 1.0;
}

}  // namespace detail

/// The least score that is accepted, and the risk it stands for where one is known. One that was
/// never set is above every score: searches refuse it and decisions grant nothing.
struct Threshold {
  Score at_least = {2.0F};
  std::optional<Fmr> stands_for = std::nullopt;
};

/// How sure a search is to find a reference that reaches the threshold.
struct Assurance {
  double miss_probability = 0;  // for each such reference: 0 for a proof, or 1e-15 to 0.01

  static constexpr Assurance proven() noexcept { return {}; }
  /// The same search with a smaller bound, which holds under the gallery's secret rotation with
  /// this probability (docs/numerics.md#probable).
  static constexpr Assurance probable(double miss_probability = 1e-9) noexcept {
    return {miss_probability};
  }
  friend bool operator==(const Assurance&, const Assurance&) = default;
};

/// Groups that a subject belongs to, a bit each: buildings, shifts, a bucket of phone numbers. A
/// search compares the subjects that share a group with it.
struct Cohorts {
  std::uint64_t bits = ~std::uint64_t{0};  // all; none is refused
  friend bool operator==(const Cohorts&, const Cohorts&) = default;
};

/// The network whose embeddings are compared. Templates of different models never are.
struct ModelId {
  std::string name;   // 1 to 64 of A-Z a-z 0-9 . _ -
  std::uint32_t dim;  // kMinDim to kMaxDim
  friend bool operator==(const ModelId&, const ModelId&) = default;
};

}  // namespace morgiana
