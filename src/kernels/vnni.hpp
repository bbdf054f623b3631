#pragma once

#include "kernels/avx512.hpp"

// The integer product of the tiers that have AVX-512 VNNI. In an anonymous namespace: see
// steps.hpp.
namespace {

struct Vnni {
  static Lanes multiply(Lanes sums, __m512i codes, __m512i query) {
    return reinterpret_cast<Lanes>(
        _mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums), codes, query));
  }

  using Narrow = Lanes;
  static constexpr bool kIsNarrow = false;
  static constexpr std::size_t kTurnGroups = 4;
  static Lanes multiply_group(Lanes sums, __m512i codes, __m512i query) {
    return multiply(sums, codes, query);
  }

  /// One accumulator for each vector, as vpdpbusd takes four or five cycles. Codes stay where they
  /// are in their bytes, and the sums are moved down instead, once a block: at most 240 · 127 · 4 a
  /// line, far below 2^31 for 256 lines.
  template <int kByte, int kAt0, int kAt1, int kAt2, int kAt3>
  class Sums {
   public:
    void add(__m512i v0, __m512i v1, __m512i v2, __m512i v3, const std::int8_t* query) {
      add<kAt0>(sums0_, v0, query);
      add<kAt1>(sums1_, v1, query + 4);
      add<kAt2>(sums2_, v2, query + 8);
      add<kAt3>(sums3_, v3, query + 12);
    }
    Lanes total() const {
      return (sums0_ >> kAt0) + (sums1_ >> kAt1) + (sums2_ >> kAt2) + (sums3_ >> kAt3);
    }

   private:
    template <int kAt>
    static void add(Lanes& sums, __m512i v, const std::int8_t* query) {
      const __m512i codes = _mm512_and_si512(v, _mm512_set1_epi8(static_cast<char>(kByte << kAt)));
      sums = multiply(sums, codes, broadcast4(query));
    }

    Lanes sums0_{};
    Lanes sums1_{};
    Lanes sums2_{};
    Lanes sums3_{};
  };
};

}  // namespace
