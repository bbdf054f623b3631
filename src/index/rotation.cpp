#include "index/rotation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
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

/// Four values at once, as any processor has them: a compiler does not see that the parts of a
/// transform lie apart.
typedef float Four __attribute__((vector_size(16)));

Four load(const float* values) {
  Four loaded;
  std::memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

void store(float* values, Four stored) {
  std::memcpy(values, &stored, sizeof stored);
}

/// The first two stages, of neighbours.
Four hadamard(Four v) {
  constexpr Four kOdd = {1, -1, 1, -1};
  constexpr Four kUpper = {1, 1, -1, -1};
  v = __builtin_shufflevector(v, v, 0, 0, 2, 2) + kOdd * __builtin_shufflevector(v, v, 1, 1, 3, 3);
  return __builtin_shufflevector(v, v, 0, 1, 0, 1) +
         kUpper * __builtin_shufflevector(v, v, 2, 3, 2, 3);
}

/// Unnormalised Walsh–Hadamard transform in place; `size` is a power of two, 4 or more.
void hadamard(float* values, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 4) store(values + i, hadamard(load(values + i)));
  std::size_t part = 4;
  for (; part * 4 <= size; part *= 4) {  // two stages for each time through memory
    for (std::size_t begin = 0; begin < size; begin += 4 * part) {
      for (float* at = values + begin; at < values + begin + part; at += 4) {
        const Four a = load(at) + load(at + part);
        const Four b = load(at) - load(at + part);
        const Four c = load(at + 2 * part) + load(at + 3 * part);
        const Four d = load(at + 2 * part) - load(at + 3 * part);
        store(at, a + c);
        store(at + part, b + d);
        store(at + 2 * part, a - c);
        store(at + 3 * part, b - d);
      }
    }
  }
  if (part == size) return;
  for (float* at = values; at < values + part; at += 4) {
    const Four a = load(at);
    const Four b = load(at + part);
    store(at, a + b);
    store(at + part, a - b);
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
