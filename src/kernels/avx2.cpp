#include <immintrin.h>

#include <xsimd/xsimd.hpp>

#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"
#include "kernels/register_tiles.hpp"
#include "kernels/steps.hpp"

namespace morgiana::kernels::avx2 {
namespace {

using Words = xsimd::batch<std::uint32_t, xsimd::avx2>;
using Floats = xsimd::batch<float, xsimd::avx2>;
using Doubles = xsimd::batch<double, xsimd::avx2>;

/// xsimd lacks products of unsigned with signed bytes, movemask and conversions between widths.
struct Vector {
  using Bytes = Words;
  using Ints = xsimd::batch<std::int32_t, xsimd::avx2>;
  static constexpr std::size_t kRows = Words::size;
  // Of 16 registers: eight sums, two codes, a query, and products on their way to the sums.
  static constexpr std::size_t kTileQueries = 4;
  static constexpr std::size_t kTileVectors = 2;
  typedef short Narrow __attribute__((vector_size(32)));
  static constexpr bool kIsNarrow = true;
  static constexpr std::size_t kTurnGroups = 2;
  static constexpr bool kIsPinned = true;
  static Narrow multiply(Narrow sums, Bytes codes, Bytes query) {
    return sums + reinterpret_cast<Narrow>(_mm256_maddubs_epi16(codes, query));
  }
  static Ints widen(Ints sums, Narrow narrow) {
    return sums + Ints(_mm256_madd_epi16(reinterpret_cast<__m256i>(narrow), _mm256_set1_epi16(1)));
  }
  static Ints broadcast(std::int32_t value) { return Ints(value); }
  static Bytes broadcast(const std::int8_t* query) {
    std::uint32_t bytes;
    __builtin_memcpy(&bytes, query, sizeof bytes);
    return Bytes(bytes);
  }

  static Bytes load(const std::uint8_t* bytes) {
    return Words::load_unaligned(reinterpret_cast<const std::uint32_t*>(bytes));
  }
  static void store(std::int32_t* to, Ints values) { values.store_unaligned(to); }
  static void store(std::uint8_t* to, Bytes values) {
    values.store_unaligned(reinterpret_cast<std::uint32_t*>(to));
  }
  static Ints add(Ints a, Ints b) { return a + b; }
  template <int n>
  static Bytes shift_left(Bytes v) {
    return v << n;
  }
  template <int n>
  static Bytes shift_right(Bytes v) {
    return v >> n;
  }
  static Bytes mask(Bytes v, std::uint32_t byte) { return v & Bytes(0x01010101U * byte); }
  static Bytes select(Bytes v, Bytes w, std::uint32_t byte) {
    const Bytes bits(0x01010101U * byte);
    return (v & bits) | (w & ~bits);
  }

  /// A 16-bit lane takes eight products of at most 15 · 127, far below 2^15.
  template <int kByte, int kAt0, int kAt1, int kAt2, int kAt3>
  class Sums {
   public:
    void add(Bytes v0, Bytes v1, Bytes v2, Bytes v3, const std::int8_t* query) {
      const __m256i pairs = _mm256_add_epi16(
          _mm256_add_epi16(products<kAt0>(v0, query), products<kAt1>(v1, query + 4)),
          _mm256_add_epi16(products<kAt2>(v2, query + 8), products<kAt3>(v3, query + 12)));
      sums_ += Ints(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    Ints total() const { return sums_; }

   private:
    template <int kAt>
    static __m256i products(Bytes v, const std::int8_t* query) {
      std::int32_t bytes;
      __builtin_memcpy(&bytes, query, sizeof bytes);
      return _mm256_maddubs_epi16(mask(shift_right<kAt>(v), kByte), _mm256_set1_epi32(bytes));
    }
    Ints sums_ = Ints(0);
  };

  static Ints twice_minus(Ints sums, std::int32_t offset) { return sums + sums - Ints(offset); }

  static Ints both(Ints a, Ints b) { return a & b; }
  static bool all_negative(Ints values) {
    return _mm256_movemask_ps(_mm256_castsi256_ps(values)) == 0xFF;
  }

  static unsigned reaches(Ints products, const DepthArgs& depth, std::size_t row, float cos_bound,
                          float sin_bound) {
    const Floats score(_mm256_cvtepi32_ps(products));
    const Floats least = Floats::load_unaligned(depth.cos_norm + row) * Floats(cos_bound) -
                         Floats::load_unaligned(depth.sin_norm + row) * Floats(sin_bound);
    return ~static_cast<unsigned>(_mm256_movemask_ps(score < least)) & 0xFFU;
  }

  static unsigned cohort_mask(const std::uint64_t* cohorts, std::uint64_t wanted) {
    const __m256i bits = _mm256_set1_epi64x(static_cast<long long>(wanted));
    unsigned none = 0;
    for (unsigned row = 0; row < kBlockRows; row += 4) {
      const __m256i common = _mm256_and_si256(
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cohorts + row)), bits);
      const __m256i is_none = _mm256_cmpeq_epi64(common, _mm256_setzero_si256());
      none |= static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(is_none))) << row;
    }
    return ~none;
  }

  static std::int32_t nibble_dot(const std::uint8_t* row, const std::int8_t* query,
                                 std::size_t num_bytes) {
    const __m128i low_nibbles = _mm_set1_epi8(15);
    __m128i sums = _mm_setzero_si128();
    for (std::size_t i = 0; i < num_bytes; i += 16) {
      const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + i));
      const __m128i even = _mm_loadu_si128(reinterpret_cast<const __m128i*>(query + i));
      const __m128i odd = _mm_loadu_si128(reinterpret_cast<const __m128i*>(query + num_bytes + i));
      const __m128i pairs = _mm_add_epi16(
          _mm_maddubs_epi16(_mm_and_si128(codes, low_nibbles), even),
          _mm_maddubs_epi16(_mm_and_si128(_mm_srli_epi16(codes, 4), low_nibbles), odd));
      sums = _mm_add_epi32(sums, _mm_madd_epi16(pairs, _mm_set1_epi16(1)));
    }
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, 0x4E));
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, 0xB1));
    return _mm_cvtsi128_si32(sums);
  }
};

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

constinit const KernelTable kTable =
    table_of<Vector, RegisterTiles<Vector>>(Tier::avx2, "avx2", &dot);

}  // namespace morgiana::kernels::avx2
