#include "kernels/avx512.hpp"
#include "kernels/register_tiles.hpp"

namespace morgiana::kernels::avx512 {
namespace {

struct Product {
  static Lanes add_pairs(Lanes sums, __m512i pairs) {
    return sums + reinterpret_cast<Lanes>(_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
  }
  static Lanes multiply(Lanes sums, __m512i codes, __m512i query) {
    return add_pairs(sums, _mm512_maddubs_epi16(codes, query));
  }

  typedef short Narrow __attribute__((vector_size(64)));
  static constexpr bool kIsNarrow = true;
  static constexpr std::size_t kTurnGroups = 1;
  static Narrow multiply_group(Narrow sums, __m512i codes, __m512i query) {
    return sums + reinterpret_cast<Narrow>(_mm512_maddubs_epi16(codes, query));
  }
  static Lanes widen(Lanes sums, Narrow narrow) {
    return add_pairs(sums, reinterpret_cast<__m512i>(narrow));
  }

  /// A 16-bit lane takes eight products of at most 15 · 127, far below 2^15.
  template <int kByte, int kAt0, int kAt1, int kAt2, int kAt3>
  class Sums {
   public:
    void add(__m512i v0, __m512i v1, __m512i v2, __m512i v3, const std::int8_t* query) {
      const __m512i pairs = _mm512_add_epi16(
          _mm512_add_epi16(products<kAt0>(v0, query), products<kAt1>(v1, query + 4)),
          _mm512_add_epi16(products<kAt2>(v2, query + 8), products<kAt3>(v3, query + 12)));
      sums_ = add_pairs(sums_, pairs);
    }
    Lanes total() const { return sums_; }

   private:
    template <int kAt>
    static __m512i products(__m512i v, const std::int8_t* query) {
      const __m512i codes = _mm512_and_si512(_mm512_srli_epi32(v, kAt), _mm512_set1_epi8(kByte));
      return _mm512_maddubs_epi16(codes, broadcast4(query));
    }

    Lanes sums_{};
  };
};

using Vector = Avx512<Product>;

}  // namespace

constinit const KernelTable kTable =
    table_of<Vector, RegisterTiles<Vector>>(Tier::avx512, "avx512", &dot);

}  // namespace morgiana::kernels::avx512
