#include <immintrin.h>

#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"

namespace morgiana::kernels::avx512_vnni {
namespace {

inline __m512i broadcast4(const std::int8_t* query) {
  std::int32_t bytes;
  __builtin_memcpy(&bytes, query, sizeof bytes);
  return _mm512_set1_epi32(bytes);
}

/// Sums of code · query for the 16 references of a block. Four accumulators: vpdpbusd takes four
/// or five cycles, and lines arrive from cache faster than one chain could take them.
inline __m512i block_sums(const std::uint8_t* codes, const std::int8_t* query,
                          std::size_t num_lines) {
  const __m512i low_nibbles = _mm512_set1_epi8(15);
  __m512i even_low = _mm512_setzero_si512();
  __m512i even_high = _mm512_setzero_si512();
  __m512i odd_low = _mm512_setzero_si512();
  __m512i odd_high = _mm512_setzero_si512();
  std::size_t k = 0;
  for (; k + 2 <= num_lines; k += 2, codes += 2 * kLineBytes, query += 2 * kLineDims) {
    const __m512i even = _mm512_load_si512(codes);
    const __m512i odd = _mm512_load_si512(codes + kLineBytes);
    even_low =
        _mm512_dpbusd_epi32(even_low, _mm512_and_si512(even, low_nibbles), broadcast4(query));
    even_high =
        _mm512_dpbusd_epi32(even_high, _mm512_and_si512(_mm512_srli_epi16(even, 4), low_nibbles),
                            broadcast4(query + 4));
    odd_low =
        _mm512_dpbusd_epi32(odd_low, _mm512_and_si512(odd, low_nibbles), broadcast4(query + 8));
    odd_high = _mm512_dpbusd_epi32(
        odd_high, _mm512_and_si512(_mm512_srli_epi16(odd, 4), low_nibbles), broadcast4(query + 12));
  }
  if (k < num_lines) {
    const __m512i even = _mm512_load_si512(codes);
    even_low =
        _mm512_dpbusd_epi32(even_low, _mm512_and_si512(even, low_nibbles), broadcast4(query));
    even_high =
        _mm512_dpbusd_epi32(even_high, _mm512_and_si512(_mm512_srli_epi16(even, 4), low_nibbles),
                            broadcast4(query + 4));
  }
  return _mm512_add_epi32(_mm512_add_epi32(even_low, even_high),
                          _mm512_add_epi32(odd_low, odd_high));
}

std::size_t scan4(const ScanArgs& args, std::uint32_t* survivors) {
  const __m512i offset = _mm512_set1_epi32(args.offset);
  const __m512 cos_bound = _mm512_set1_ps(args.cos_bound);
  const __m512 sin_bound = _mm512_set1_ps(args.sin_bound);
  std::size_t num_survivors = 0;
  for (std::size_t block = 0; block < args.num_blocks; ++block) {
    const std::size_t row = block * kBlockRows;
    const __m512i sums =
        block_sums(args.codes + block * args.num_lines * kLineBytes, args.query, args.num_lines);
    const __m512 score = _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_slli_epi32(sums, 1), offset));
    const __m512 least =
        _mm512_sub_ps(_mm512_mul_ps(_mm512_loadu_ps(args.cos_norm + row), cos_bound),
                      _mm512_mul_ps(_mm512_loadu_ps(args.sin_norm + row), sin_bound));
    unsigned kept = _mm512_cmp_ps_mask(score, least, _CMP_NLT_UQ) & args.alive[block];
    for (; kept != 0; kept &= kept - 1) {
      const auto bit = static_cast<std::uint32_t>(__builtin_ctz(kept));
      survivors[num_survivors++] = static_cast<std::uint32_t>(row) + bit;
    }
  }
  return num_survivors;
}

double dot(const float* a, const float* b, std::size_t dim) {
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

const KernelTable kTable = {Tier::avx512_vnni, "avx512-vnni", &scan4, &dot};

}  // namespace morgiana::kernels::avx512_vnni
