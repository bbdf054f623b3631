#include <immintrin.h>

#include <xsimd/xsimd.hpp>

#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"

namespace morgiana::kernels::avx2 {
namespace {

using Words = xsimd::batch<std::uint32_t, xsimd::avx2>;
using Sums = xsimd::batch<std::int32_t, xsimd::avx2>;
using Floats = xsimd::batch<float, xsimd::avx2>;
using Doubles = xsimd::batch<double, xsimd::avx2>;

/// Four codes times four query bytes for eight references. xsimd has no u8·s8 product. The pairs
/// cannot saturate: 2 · 15 · 127 is far below 2^15.
inline Sums multiply(Words codes, std::int32_t query_bytes) {
  const __m256i pairs = _mm256_maddubs_epi16(codes, _mm256_set1_epi32(query_bytes));
  return Sums(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

inline std::int32_t load_query(const std::int8_t* query) {
  std::int32_t bytes;
  __builtin_memcpy(&bytes, query, sizeof bytes);
  return bytes;
}

/// Bit r of the result: reference r of these eight is not dropped.
inline unsigned kept(Sums sums, const ScanArgs& args, std::size_t first_row) {
  const Floats score(_mm256_cvtepi32_ps(sums + sums + Sums(args.offset)));
  const Floats least = Floats::load_unaligned(args.cos_norm + first_row) * Floats(args.cos_bound) -
                       Floats::load_unaligned(args.sin_norm + first_row) * Floats(args.sin_bound);
  return ~static_cast<unsigned>(_mm256_movemask_ps(score < least)) & 0xFFU;
}

std::size_t scan4(const ScanArgs& args, std::uint32_t* survivors) {
  const Words low_nibbles(std::uint32_t{0x0F0F0F0F});
  std::size_t num_survivors = 0;
  for (std::size_t block = 0; block < args.num_blocks; ++block) {
    const std::uint8_t* line = args.codes + block * args.num_lines * kLineBytes;
    Sums first(0);  // references 0…7
    Sums last(0);   // references 8…15
    for (std::size_t k = 0; k < args.num_lines; ++k, line += kLineBytes) {
      const std::int32_t low = load_query(args.query + k * kLineDims);
      const std::int32_t high = load_query(args.query + k * kLineDims + 4);
      const auto half0 = Words::load_unaligned(reinterpret_cast<const std::uint32_t*>(line));
      const auto half1 = Words::load_unaligned(reinterpret_cast<const std::uint32_t*>(line + 32));
      first += multiply(half0 & low_nibbles, low) + multiply((half0 >> 4) & low_nibbles, high);
      last += multiply(half1 & low_nibbles, low) + multiply((half1 >> 4) & low_nibbles, high);
    }
    const std::size_t row = block * kBlockRows;
    unsigned survivor_bits =
        (kept(first, args, row) | kept(last, args, row + 8) << 8) & args.alive[block];
    for (; survivor_bits != 0; survivor_bits &= survivor_bits - 1) {
      const auto bit = static_cast<std::uint32_t>(__builtin_ctz(survivor_bits));
      survivors[num_survivors++] = static_cast<std::uint32_t>(row) + bit;
    }
  }
  return num_survivors;
}

double dot(const float* a, const float* b, std::size_t dim) {
  Doubles low(0.0);
  Doubles high(0.0);
  std::size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) {
    const __m256 left = _mm256_loadu_ps(a + i);
    const __m256 right = _mm256_loadu_ps(b + i);
    low = xsimd::fma(Doubles(_mm256_cvtps_pd(_mm256_castps256_ps128(left))),
                     Doubles(_mm256_cvtps_pd(_mm256_castps256_ps128(right))), low);
    high = xsimd::fma(Doubles(_mm256_cvtps_pd(_mm256_extractf128_ps(left, 1))),
                      Doubles(_mm256_cvtps_pd(_mm256_extractf128_ps(right, 1))), high);
  }
  double lanes[kLanes];
  low.store_unaligned(lanes);
  high.store_unaligned(lanes + 4);
  return finish_lanes(lanes, a, b, i, dim);
}

}  // namespace

const KernelTable kTable = {Tier::avx2, "avx2", &scan4, &dot};

}  // namespace morgiana::kernels::avx2
