#include "roof.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "kernels/dispatch.hpp"
#include "kernels/tile_config.hpp"

namespace morgiana::bench {
namespace {

constexpr std::int8_t kCode = 3;
constexpr std::int8_t kQuery = -2;

typedef unsigned Lanes __attribute__((vector_size(64)));
constexpr std::size_t kLaneProducts = std::size_t{24} * 64;
constexpr int kLaneSum = kQuery * kCode * 4 * 24;

/// As many independent sums as hide the latency of vpdpbusd, and nothing else in the loop: its
/// listing is 24 of them, a counter and a branch. Sums stay in registers if every loop over them is
/// unrolled.
__attribute__((target("avx512f,avx512bw,avx512vnni"), noinline)) unsigned multiply_lanes(
    std::size_t num_rounds) {
  constexpr int kSums = 24;
  __m512i codes = _mm512_set1_epi8(kCode);
  __m512i query = _mm512_set1_epi8(kQuery);
  Lanes sums[kSums];
#pragma GCC unroll 24
  for (int i = 0; i < kSums; ++i) {
    sums[i] = Lanes{};
    asm volatile("" : "+v"(sums[i]));  // or all sums, being equal, would become one
  }
  for (std::size_t round = 0; round < num_rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < kSums; ++i) {
      sums[i] = reinterpret_cast<Lanes>(
          _mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums[i]), codes, query));
    }
    asm volatile("" : "+v"(codes), "+v"(query));  // or the products would be taken out of the loop
  }
  Lanes total{};
#pragma GCC unroll 24
  for (int i = 0; i < kSums; ++i) total += sums[i];
  return total[0];
}

typedef unsigned short Halves __attribute__((vector_size(32)));
constexpr std::size_t kHalfProducts = std::size_t{12} * 32;
constexpr int kHalfSum = kQuery * kCode * 2 * 12;

/// The same without VNNI: a product is vpmaddubsw and the vpaddw that adds it, on other ports where
/// there are any. Its listing is 12 of each, a counter and a branch.
__attribute__((target("avx2"), noinline)) std::uint16_t multiply_halves(std::size_t num_rounds) {
  constexpr int kSums = 12;
  __m256i codes = _mm256_set1_epi8(kCode);
  const __m256i query = _mm256_set1_epi8(kQuery);
  Halves sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) {
    sums[i] = Halves{};
    asm volatile("" : "+x"(sums[i]));
  }
  for (std::size_t round = 0; round < num_rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      asm volatile("" : "+x"(codes));  // or one product would serve all sums
      sums[i] += reinterpret_cast<Halves>(_mm256_maddubs_epi16(codes, query));
    }
  }
  Halves total{};
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) total += sums[i];
  return total[0];
}

constexpr std::size_t kTileProducts = std::size_t{4} * 16 * 16 * 64;
constexpr int kTileSum = kQuery * kCode * 64 * 4;

/// Four sums hide the latency of tdpbsud; its listing is four of them, a counter and a branch.
MORGIANA_AMX __attribute__((noinline)) unsigned multiply_tiles(std::size_t num_rounds) {
  const TileConfig config;
  alignas(64) std::array<std::int8_t, 1024> codes;
  alignas(64) std::array<std::int8_t, 1024> queries;
  alignas(64) std::array<std::array<std::uint32_t, 256>, 4> sums;
  codes.fill(kCode);
  queries.fill(kQuery);
  asm volatile("" : : "r"(&codes), "r"(&queries) : "memory");  // tiles are loaded unseen
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, queries.data(), 64);
  _tile_loadd(5, codes.data(), 64);
  for (std::size_t round = 0; round < num_rounds; ++round) {
    _tile_dpbsud(0, 4, 5);
    _tile_dpbsud(1, 4, 5);
    _tile_dpbsud(2, 4, 5);
    _tile_dpbsud(3, 4, 5);
  }
  _tile_stored(0, sums[0].data(), 64);
  _tile_stored(1, sums[1].data(), 64);
  _tile_stored(2, sums[2].data(), 64);
  _tile_stored(3, sums[3].data(), 64);
  asm volatile("" : : "r"(&sums) : "memory");
  return sums[0][0] + sums[1][0] + sums[2][0] + sums[3][0];
}

template <auto multiply, int kSumOfRound>
void check(std::size_t num_rounds) {
  using Sum = decltype(multiply(num_rounds));  // sums wrap
  if (multiply(num_rounds) !=
      static_cast<Sum>(static_cast<unsigned>(kSumOfRound) * static_cast<unsigned>(num_rounds))) {
    throw std::logic_error("the sum of the products is wrong");
  }
}

}  // namespace

Ones::Ones(std::size_t num_bytes)
    : pages_(num_bytes),
      words_(reinterpret_cast<std::uint64_t*>(pages_.data()), num_bytes / sizeof(std::uint64_t)) {
  std::fill(words_.begin(), words_.end(), 1);
}

__attribute__((target_clones("avx512f", "avx2", "default"))) std::uint64_t sum(
    std::span<const std::uint64_t> words) {
  std::uint64_t total = 0;
  for (const std::uint64_t word : words) total += word;
  return total;
}

std::vector<Multiplier> multipliers() {
  std::vector<Multiplier> found;
  for (const kernels::KernelTable* tier : kernels::available()) {
    if (tier->tier == kernels::Tier::amx) {
      found.push_back({tier->name, kTileProducts, &check<multiply_tiles, kTileSum>});
    }
    if (tier->tier == kernels::Tier::avx512_vnni) {
      found.push_back({tier->name, kLaneProducts, &check<multiply_lanes, kLaneSum>});
    }
    if (tier->tier == kernels::Tier::avx2) {
      found.push_back({tier->name, kHalfProducts, &check<multiply_halves, kHalfSum>});
    }
  }
  return found;
}

}  // namespace morgiana::bench
