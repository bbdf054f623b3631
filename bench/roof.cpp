#include "roof.hpp"

#include <immintrin.h>

#include <algorithm>
#include <stdexcept>

namespace morgiana::bench {
namespace {

typedef int Lanes __attribute__((vector_size(64)));

/// As many independent sums as hide the latency of vpdpbusd, and nothing else in the loop: its
/// listing is 24 of them, a counter and a branch. Sums stay in registers if every loop over them is
/// unrolled.
__attribute__((target("avx512f,avx512bw,avx512vnni"), noinline)) int multiply_often(
    std::size_t num_rounds) {
  constexpr int kSums = 24;
  __m512i codes = _mm512_set1_epi8(3);
  __m512i query = _mm512_set1_epi8(-2);
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

bool has_integer_products() {
  return __builtin_cpu_supports("avx512vnni");
}

void multiply(std::size_t num_rounds) {
  constexpr int kOneRound = -2 * 3 * 4 * 24;
  if (multiply_often(num_rounds) != kOneRound * static_cast<int>(num_rounds)) {
    throw std::logic_error("the sum of the products is wrong");
  }
}

}  // namespace morgiana::bench
