#include "index/rotation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>
#include <utility>

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

/// Unnormalised Walsh–Hadamard transform in place; `size` is a power of two.
void hadamard(float* values, std::size_t size) {
  for (std::size_t half = 1; half < size; half *= 2) {
    for (std::size_t begin = 0; begin < size; begin += 2 * half) {
      float* low = values + begin;
      float* high = low + half;
      for (std::size_t i = 0; i < half; ++i) {
        const float sum = low[i] + high[i];
        high[i] = low[i] - high[i];
        low[i] = sum;
      }
    }
  }
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
  std::array<float, kMaxDim> before;
  std::copy(in.begin(), in.end(), before.begin());
  for (std::size_t i = 0; i < passes_.size(); ++i) {
    if (i % passes_per_round_ == 0) {
      if (i != 0) std::copy(out.begin(), out.end(), before.begin());
      for (std::uint32_t k = 0; k < dim_; ++k) out[k] = before[permutation_[k]];
    }
    float* block = out.data() + passes_[i].begin;
    for (std::uint32_t k = 0; k < block_; ++k) block[k] *= passes_[i].signed_scale[k];
    hadamard(block, block_);
  }
  wipe(before.data(), dim_ * sizeof(float));
}

double Rotation::relative_error() const noexcept {
  constexpr double kUnit = 0x1p-24;
  const double roundings = std::countr_zero(block_) + 4;  // stages, scale (√, 1/), product
  return 1.01 * static_cast<double>(passes_.size()) * roundings * kUnit;
}

}  // namespace morgiana::index
