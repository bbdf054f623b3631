#include "kernels/avx512.hpp"

namespace morgiana::kernels::avx512_vnni {
namespace {

struct Product {
  static __m512i multiply(__m512i sums, __m512i codes, __m512i query) {
    return _mm512_dpbusd_epi32(sums, codes, query);
  }

  /// Four accumulators: vpdpbusd takes four or five cycles, and one chain would wait for it.
  class Sums {
   public:
    void add(__m512i c0, __m512i c1, __m512i c2, __m512i c3, const std::int8_t* query) {
      sums0_ = multiply(sums0_, c0, broadcast4(query));
      sums1_ = multiply(sums1_, c1, broadcast4(query + 4));
      sums2_ = multiply(sums2_, c2, broadcast4(query + 8));
      sums3_ = multiply(sums3_, c3, broadcast4(query + 12));
    }
    __m512i total() const {
      return _mm512_add_epi32(_mm512_add_epi32(sums0_, sums1_), _mm512_add_epi32(sums2_, sums3_));
    }

   private:
    __m512i sums0_ = _mm512_setzero_si512();
    __m512i sums1_ = _mm512_setzero_si512();
    __m512i sums2_ = _mm512_setzero_si512();
    __m512i sums3_ = _mm512_setzero_si512();
  };
};

}  // namespace

const KernelTable kTable = {Tier::avx512_vnni,
                            "avx512-vnni",
                            &select_cohorts<Avx512<Product>>,
                            &narrow_high<Avx512<Product>>,
                            &narrow_both<Avx512<Product>>,
                            &narrow_residual<Avx512<Product>>,
                            &dot};

}  // namespace morgiana::kernels::avx512_vnni
