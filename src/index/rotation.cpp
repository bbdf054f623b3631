#include "index/rotation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>
#include <utility>

#include "kernels/dispatch.hpp"
#include "morgiana/types.hpp"
#include "types/wipe.hpp"

namespace morgiana::index {
namespace {

constexpr int kRounds = 3;

/// Only the seed is secret, and it protects nothing by itself, so a fast standard generator
/// expands it.
std::mt19937_64 generator(std::span<const std::uint8_t, Rotation::kSeedBytes> seed) {
  std::seed_seq sequence(seed.begin(), seed.end());
  return std::mt19937_64(sequence);
}

std::vector<std::uint32_t> permutation(std::uint32_t dim, std::mt19937_64& random) {
  std::vector<std::uint32_t> order(dim);
  for (std::uint32_t i = 0; i < dim; ++i) order[i] = i;
  for (std::uint32_t i = dim - 1; i > 0; --i) std::swap(order[i], order[random() % (i + 1)]);
  return order;
}

}  // namespace

Rotation::Rotation(std::uint32_t dim, std::span<const std::uint8_t, kSeedBytes> seed)
    : dim_(dim), block_(std::bit_floor(dim)), passes_per_round_(block_ == dim ? 1 : 2) {
  std::mt19937_64 random = generator(seed);
  permutation_ = permutation(dim, random);
  const float scale = 1.0F / std::sqrt(static_cast<float>(block_));
  for (std::uint32_t i = 0; i < kRounds * passes_per_round_; ++i) {
    Pass pass{i % passes_per_round_ == 0 ? 0 : dim - block_, std::vector<float>(block_)};
    for (float& value : pass.signed_scale) value = (random() >> 63) != 0 ? -scale : scale;
    passes_.push_back(std::move(pass));
  }
}

void Rotation::apply(std::span<const float> in, std::span<float> out) const {
  const kernels::KernelTable& kernel = kernels::chosen();
  std::array<float, kMaxDim> between;
  static_assert(kRounds % 2 == 1);  // the last one ends in `out`
  const float* from = in.data();
  for (std::uint32_t i = 0; i < passes_.size();) {
    float* to = from == out.data() ? between.data() : out.data();
    std::transform(permutation_.begin(), permutation_.end(), to,
                   [from](std::uint32_t k) { return from[k]; });
    for (std::uint32_t pass = 0; pass < passes_per_round_; ++pass, ++i) {
      kernel.hadamard(to + passes_[i].begin, passes_[i].signed_scale.data(), block_);
    }
    from = to;
  }
  wipe(between.data(), dim_ * sizeof(float));
}

double Rotation::relative_error() const noexcept {
  constexpr double kUnit = 0x1p-24;
  const double roundings = std::countr_zero(block_) + 4;  // stages, scale (√, 1/), product
  return 1.01 * static_cast<double>(passes_.size()) * roundings * kUnit;
}

}  // namespace morgiana::index
