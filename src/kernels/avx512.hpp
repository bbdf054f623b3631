#pragma once

#include <immintrin.h>

#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"
#include "kernels/steps.hpp"

// What the AVX-512 tiers share; only the integer product differs. xsimd 8.1 knows neither ternary
// logic nor mask registers, so these are intrinsics. In an anonymous namespace: see steps.hpp.
namespace {

/// Sums are of this type throughout: as __m512i, which is another type to the compiler than what
/// vpdpbusd returns, gcc 12 copies each of them twice a line.
typedef int Lanes __attribute__((vector_size(64)));

inline __m512i broadcast4(const std::int8_t* query) {
  std::int32_t bytes;
  __builtin_memcpy(&bytes, query, sizeof bytes);
  return _mm512_set1_epi32(bytes);
}

/// Product: Sums (steps.hpp), Narrow, kIsNarrow, kTurnGroups and, for Narrow, widen
/// (register_tiles.hpp), multiply_group, which is their `multiply`, and
/// `multiply(Lanes sums, Bytes codes, Bytes query)`.
template <class Product>
struct Avx512 {
  using Bytes = __m512i;
  using Ints = Lanes;
  template <int... kPlaces>
  using Sums = typename Product::template Sums<kPlaces...>;
  static constexpr std::size_t kRows = 16;
  // Of 32 registers: 24 sums, four codes, a query.
  static constexpr std::size_t kTileQueries = 6;
  static constexpr std::size_t kTileVectors = 4;
  using Narrow = typename Product::Narrow;
  static constexpr bool kIsNarrow = Product::kIsNarrow;
  static constexpr bool kIsPinned = false;
  static constexpr std::size_t kTurnGroups = Product::kTurnGroups;
  static Narrow multiply(Narrow sums, Bytes codes, Bytes query) {
    return Product::multiply_group(sums, codes, query);
  }
  static Ints widen(Ints sums, Narrow narrow) { return Product::widen(sums, narrow); }
  static Ints broadcast(std::int32_t value) { return Ints{} + value; }
  static Bytes broadcast(const std::int8_t* query) { return broadcast4(query); }

  static Bytes load(const std::uint8_t* bytes) { return _mm512_load_si512(bytes); }
  static void store(std::int32_t* to, Ints values) {
    _mm512_storeu_si512(to, reinterpret_cast<__m512i>(values));
  }
  static void store(std::uint8_t* to, Bytes values) { _mm512_store_si512(to, values); }
  static Ints add(Ints a, Ints b) { return a + b; }
  template <int n>
  static Bytes shift_left(Bytes v) {
    return _mm512_slli_epi32(v, n);
  }
  template <int n>
  static Bytes shift_right(Bytes v) {
    return _mm512_srli_epi32(v, n);
  }
  static Bytes mask(Bytes v, int byte) {
    return _mm512_and_si512(v, _mm512_set1_epi8(static_cast<char>(byte)));
  }
  static Bytes select(Bytes v, Bytes w, int byte) {
    constexpr int kFirstChooses = 0xCA;  // truth table of a ? b : c
    return _mm512_ternarylogic_epi32(_mm512_set1_epi8(static_cast<char>(byte)), v, w,
                                     kFirstChooses);
  }

  static Ints twice_minus(Ints sums, std::int32_t offset) { return sums + sums - offset; }
  static Ints greater(Ints a, Ints b) { return a > b ? a : b; }
  static Ints both(Ints a, Ints b) { return a & b; }
  static bool all_negative(Ints values) {
    return _mm512_movepi32_mask(reinterpret_cast<__m512i>(values)) == 0xFFFF;
  }

  static unsigned reaches(Ints products, const DepthArgs& depth, std::size_t row, float cos_bound,
                          float sin_bound) {
    const __m512 least = _mm512_sub_ps(
        _mm512_mul_ps(_mm512_loadu_ps(depth.cos_norm + row), _mm512_set1_ps(cos_bound)),
        _mm512_mul_ps(_mm512_loadu_ps(depth.sin_norm + row), _mm512_set1_ps(sin_bound)));
    return _mm512_cmp_ps_mask(_mm512_cvtepi32_ps(reinterpret_cast<__m512i>(products)), least,
                              _CMP_NLT_UQ);
  }

  static unsigned cohort_mask(const std::uint64_t* cohorts, std::uint64_t wanted) {
    const __m512i bits = _mm512_set1_epi64(static_cast<long long>(wanted));
    const unsigned first = _mm512_test_epi64_mask(_mm512_loadu_si512(cohorts), bits);
    const unsigned last = _mm512_test_epi64_mask(_mm512_loadu_si512(cohorts + 8), bits);
    return first | last << 8;
  }

  static std::int32_t nibble_dot(const std::uint8_t* row, const std::int8_t* query,
                                 std::size_t num_bytes) {
    Ints sums{};
    for (std::size_t i = 0; i < num_bytes; i += kLineBytes) {
      const std::size_t left = num_bytes - i;
      const __mmask64 here = left >= kLineBytes ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
      const __m512i codes = _mm512_maskz_loadu_epi8(here, row + i);
      sums = Product::multiply(sums, mask(codes, 15), _mm512_maskz_loadu_epi8(here, query + i));
      sums = Product::multiply(sums, mask(shift_right<4>(codes), 15),
                               _mm512_maskz_loadu_epi8(here, query + num_bytes + i));
    }
    return _mm512_reduce_add_epi32(reinterpret_cast<__m512i>(sums));
  }
};

inline double dot(const float* a, const float* b, std::size_t dim) {
  __m512d sums = _mm512_setzero_pd();
  std::size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) {
    sums = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(a + i)),
                           _mm512_cvtps_pd(_mm256_loadu_ps(b + i)), sums);
  }
  double lanes[kLanes];
  _mm512_storeu_pd(lanes, sums);
  return finish_lanes(lanes, a, b, i, dim);
}

}  // namespace
