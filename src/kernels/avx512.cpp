#include "kernels/avx512.hpp"

namespace morgiana::kernels::avx512 {
namespace {

struct Product {
  static __m512i multiply(__m512i sums, __m512i codes, __m512i query) {
    const __m512i pairs = _mm512_maddubs_epi16(codes, query);
    return _mm512_add_epi32(sums, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
  }

  /// A 16-bit lane takes eight products of at most 15 · 127, far below 2^15.
  class Sums {
   public:
    void add(__m512i c0, __m512i c1, __m512i c2, __m512i c3, const std::int8_t* query) {
      const __m512i pairs =
          _mm512_add_epi16(_mm512_add_epi16(_mm512_maddubs_epi16(c0, broadcast4(query)),
                                            _mm512_maddubs_epi16(c1, broadcast4(query + 4))),
                           _mm512_add_epi16(_mm512_maddubs_epi16(c2, broadcast4(query + 8)),
                                            _mm512_maddubs_epi16(c3, broadcast4(query + 12))));
      sums_ = _mm512_add_epi32(sums_, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
    }
    __m512i total() const { return sums_; }

   private:
    __m512i sums_ = _mm512_setzero_si512();
  };
};

}  // namespace

const KernelTable kTable = {Tier::avx512,
                            "avx512",
                            &select_cohorts<Avx512<Product>>,
                            &narrow_high<Avx512<Product>>,
                            &narrow_both<Avx512<Product>>,
                            &narrow_residual<Avx512<Product>>,
                            &dot};

}  // namespace morgiana::kernels::avx512
