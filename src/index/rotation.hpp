#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace morgiana::index {

/// A secret orthogonal transform that spreads energy evenly over the dimensions: three rounds of
/// keyed permutation, random signs and Walsh–Hadamard. A dimension that is no power of two takes
/// two overlapping blocks a round, so that nothing is padded.
class Rotation {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  Rotation(std::uint32_t dim, std::span<const std::uint8_t, kSeedBytes> seed);

  /// Shape: in [dim], out [dim], not overlapping. Threads: const, from many at once.
  void apply(std::span<const float> in, std::span<float> out) const;

  std::uint32_t dim() const noexcept { return dim_; }

  /// Upper bound on ‖computed - exact‖ / ‖in‖ (docs/numerics.md#rotation).
  double relative_error() const noexcept;

 private:
  struct Pass {
    std::uint32_t begin;              // of the power-of-two block
    std::vector<float> signed_scale;  // ±1/√block for each of its dimensions
  };

  std::uint32_t dim_;
  std::uint32_t block_;  // largest power of two that is at most dim
  std::vector<std::uint32_t> permutation_;
  std::vector<Pass> passes_;
  std::uint32_t passes_per_round_;
};

}  // namespace morgiana::index
