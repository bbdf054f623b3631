#pragma once

#include "kernels/batch.hpp"

// Tiles of queries whose sums stay in vector registers. Of V (steps.hpp) they also need
//   kTileQueries, kTileVectors    of a tile; its sums, kTileVectors codes and a query fit the
//                                 registers
//   multiply(sums, Bytes codes, Bytes query)      adds the products of one group
//   kIsNarrow                     whether to Narrow, which takes the narrow_groups of the batch;
//                                 widen(Ints, Narrow) adds them. Else to Ints
//   kTurnGroups                   in a turn of the loop: counting short turns takes a twentieth of
//                                 the ports that multiply, sums that are spilled in long ones more
//   kIsPinned                     whether sums are added in the order written, or gcc would move
//                                 products ahead and spill; of 16 registers at most
//   both(Ints, Ints)              the bits that both have; all_negative(Ints)
//   broadcast(int), broadcast(query), store(bytes, Bytes)
// In an anonymous namespace: see steps.hpp.
namespace {

/// Adds groups [begin, end) of levels times queries to the sums of a tile.
template <class V, class Sum>
inline void multiply_groups(const std::uint8_t* levels, std::size_t begin, std::size_t end,
                            const std::int8_t* const* queries,
                            Sum (&sums)[V::kTileQueries][V::kTileVectors]) {
  std::size_t group = begin;
  do {
    MORGIANA_UNROLL
    for (std::size_t step = 0; step < V::kTurnGroups; ++step, ++group) {
      typename V::Bytes codes[V::kTileVectors];
      MORGIANA_UNROLL
      for (std::size_t v = 0; v < V::kTileVectors; ++v) {
        codes[v] = V::load(levels + (group * V::kTileVectors + v) * 4 * V::kRows);
      }
      MORGIANA_UNROLL
      for (std::size_t q = 0; q < V::kTileQueries; ++q) {
        const typename V::Bytes query = V::broadcast(queries[q] + 4 * group);
        MORGIANA_UNROLL
        for (std::size_t v = 0; v < V::kTileVectors; ++v) {
          sums[q][v] = V::multiply(sums[q][v], codes[v], query);
          if constexpr (V::kIsPinned) asm volatile("" : "+x"(sums[q][v]));
        }
      }
    }
  } while (group < end);
}

/// The sums of level · query of a tile, each from where its query starts.
template <class V>
inline void multiply_tile(const std::uint8_t* levels, std::size_t num_groups,
                          std::size_t narrow_groups, const std::int8_t* const* queries,
                          const std::int32_t* starts,
                          typename V::Ints (&sums)[V::kTileQueries][V::kTileVectors]) {
  MORGIANA_UNROLL
  for (std::size_t q = 0; q < V::kTileQueries; ++q) {
    MORGIANA_UNROLL
    for (std::size_t v = 0; v < V::kTileVectors; ++v) sums[q][v] = V::broadcast(starts[q]);
  }
  if constexpr (!V::kIsNarrow) {
    multiply_groups<V>(levels, 0, num_groups, queries, sums);
  } else {
    for (std::size_t begin = 0; begin < num_groups; begin += narrow_groups) {
      const std::size_t end =
          num_groups - begin < narrow_groups ? num_groups : begin + narrow_groups;
      typename V::Narrow narrow[V::kTileQueries][V::kTileVectors] = {};
      multiply_groups<V>(levels, begin, end, queries, narrow);
      MORGIANA_UNROLL
      for (std::size_t q = 0; q < V::kTileQueries; ++q) {
        MORGIANA_UNROLL
        for (std::size_t v = 0; v < V::kTileVectors; ++v) {
          sums[q][v] = V::widen(sums[q][v], narrow[q][v]);
        }
      }
    }
  }
}

/// The same of all queries of a tile.
template <class V>
inline bool stay_below(const typename V::Ints (&sums)[V::kTileQueries][V::kTileVectors]) {
  typename V::Ints all[V::kTileVectors];
  MORGIANA_UNROLL
  for (std::size_t v = 0; v < V::kTileVectors; ++v) {
    all[v] = sums[0][v];
    MORGIANA_UNROLL
    for (std::size_t q = 1; q < V::kTileQueries; ++q) all[v] = V::both(all[v], sums[q][v]);
  }
  return stay_below<V>(all);
}

template <class V>
class RegisterTiles {
 public:
  static constexpr std::size_t kRows = V::kTileVectors * V::kRows;

  RegisterTiles(const Codes& codes, const BatchArgs& batch, std::uint16_t* masks,
                std::int32_t* products)
      : codes_(codes), batch_(batch), masks_(masks), products_(products) {}

  void narrow(const std::uint8_t* levels, std::size_t first, std::size_t last) const {
    set_starts(extremes(codes_.depths[kBothPlanes], first, last), batch_);
    for (std::size_t begin = 0; begin < batch_.num_queries; begin += V::kTileQueries) {
      // Behind the last query the first one is multiplied again, to no end.
      const std::size_t left = batch_.num_queries - begin;
      const std::size_t num = left < V::kTileQueries ? left : V::kTileQueries;
      const std::int8_t* queries[V::kTileQueries];
      std::int32_t starts[V::kTileQueries];
      for (std::size_t q = 0; q < V::kTileQueries; ++q) {
        const std::size_t query = begin + (q < num ? q : 0);
        queries[q] = batch_.levels + query * padded_dims(codes_.num_lines);
        starts[q] = batch_.starts[query];
      }
      typename V::Ints sums[V::kTileQueries][V::kTileVectors];
      multiply_tile<V>(levels, codes_.num_lines * kGroupsPerLine, batch_.narrow_groups, queries,
                       starts, sums);
      if (stay_below<V>(sums)) continue;  // nearly always, and then they never leave the registers
      typename V::Ints found[V::kTileQueries][V::kTileVectors];
      MORGIANA_UNROLL
      for (std::size_t q = 0; q < V::kTileQueries; ++q) {
        MORGIANA_UNROLL
        for (std::size_t v = 0; v < V::kTileVectors; ++v) found[q][v] = sums[q][v];
      }
      for (std::size_t q = 0; q < num; ++q) {
        if (stay_below<V>(found[q])) continue;
        keep_rows<V>(codes_, batch_, begin + q, first, last, found[q], masks_, products_);
      }
    }
  }

 private:
  const Codes& codes_;
  const BatchArgs& batch_;
  std::uint16_t* masks_;
  std::int32_t* products_;
};

}  // namespace
