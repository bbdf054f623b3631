#pragma once

#include <immintrin.h>

#include "kernels/levels.hpp"

// What every tier with AVX2 and FMA codes with; xsimd lacks conversions between widths. A product
// of a float and a level is exact in double, so that fusing it changes nothing. In an anonymous
// namespace: a tier file's copy must not become the one that other tiers call.
namespace {

/// cell() of eight values.
inline __m256i cells(__m256 values) {
  const __m256 at =
      _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(0.5F), values), _mm256_set1_ps(8.0F));
  const __m256 least = _mm256_max_ps(at, _mm256_setzero_ps());
  return _mm256_cvttps_epi32(_mm256_min_ps(least, _mm256_set1_ps(15.0F)));
}

/// 2v - offset
inline __m256i twice_minus(__m256i v, int offset) {
  return _mm256_sub_epi32(_mm256_slli_epi32(v, 1), _mm256_set1_epi32(offset));
}

inline void store_bytes(std::uint8_t* to, const __m256i* ints) {
  const __m256i pairs = _mm256_permute4x64_epi64(_mm256_packus_epi32(ints[0], ints[1]), 0xD8);
  _mm_storeu_si128(
      reinterpret_cast<__m128i*>(to),
      _mm_packus_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}

/// Eight values, as double.
struct Eight {
  explicit Eight(__m256 values)
      : low(_mm256_cvtps_pd(_mm256_castps256_ps128(values))),
        high(_mm256_cvtps_pd(_mm256_extractf128_ps(values, 1))) {}
  __m256d low;
  __m256d high;
};

/// The sums of one depth.
class DepthSums {
 public:
  void add(const Eight& y, __m256i levels) {
    low_ = _mm256_fmadd_pd(y.low, _mm256_cvtepi32_pd(_mm256_castsi256_si128(levels)), low_);
    high_ = _mm256_fmadd_pd(y.high, _mm256_cvtepi32_pd(_mm256_extracti128_si256(levels, 1)), high_);
    const __m256 floats = _mm256_cvtepi32_ps(levels);
    squares_ = _mm256_fmadd_ps(floats, floats, squares_);  // exact: below 75² · 512 a lane
  }
  void store(std::size_t depth, LevelLanes& lanes) const {
    _mm256_storeu_pd(lanes.products[depth], low_);
    _mm256_storeu_pd(lanes.products[depth] + 4, high_);
    float squares[kLanes];
    _mm256_storeu_ps(squares, squares_);
    lanes.squares[depth] = 0;
    for (const float sum : squares) lanes.squares[depth] += static_cast<std::int32_t>(sum);
  }

 private:
  __m256d low_ = _mm256_setzero_pd();
  __m256d high_ = _mm256_setzero_pd();
  __m256 squares_ = _mm256_setzero_ps();
};

inline void quantise(const float* y, std::size_t dim, float half_steps, std::uint8_t* levels,
                     std::uint8_t* residual, LevelSums& sums) {
  constexpr std::size_t kStep = 16;
  const std::size_t num_signs = morgiana::kernels::num_sign_dims(dim);
  DepthSums signs;
  DepthSums high;
  DepthSums both;
  DepthSums all;
  std::size_t i = 0;
  for (; i + kStep <= dim; i += kStep) {
    __m256i k[2];
    __m256i r[2];
    for (std::size_t half = 0; half < 2; ++half) {
      const __m256 values = _mm256_loadu_ps(y + i + 8 * half);
      const __m256 scaled = _mm256_mul_ps(values, _mm256_set1_ps(half_steps));
      k[half] = cells(scaled);
      const __m256i level = twice_minus(k[half], 15);
      const __m256 left = _mm256_sub_ps(scaled, _mm256_cvtepi32_ps(level));
      r[half] = cells(_mm256_mul_ps(_mm256_set1_ps(4.0F), left));
      const Eight wide(values);
      if (i < num_signs) signs.add(wide, twice_minus(_mm256_srli_epi32(k[half], 3), 1));
      high.add(wide, twice_minus(_mm256_srli_epi32(k[half], 2), 3));
      both.add(wide, level);
      all.add(wide, _mm256_add_epi32(_mm256_slli_epi32(level, 2), twice_minus(r[half], 15)));
    }
    store_bytes(levels + i, k);
    store_bytes(residual + i, r);
  }
  LevelLanes lanes;
  signs.store(kSigns, lanes);
  high.store(kHighPlane, lanes);
  both.store(kBothPlanes, lanes);
  all.store(kResidual, lanes);
  quantise_from(i, y, dim, half_steps, levels, residual, lanes);
  finish_levels(lanes, sums);
}

}  // namespace
