#pragma once

#include "kernels/steps.hpp"

// The step of both planes for many queries at once, of every vector tier: codes are spread out to a
// byte a dimension once, and then multiplied by tiles of queries whose sums stay in registers. Of V
// (steps.hpp) it also needs
//   kTileQueries, kTileVectors    of a tile; its sums, kTileVectors codes and a query fit the
//                                 registers
//   multiply(sums, Bytes codes, Bytes query)      adds the products of one group
//   kNarrowGroups                 0: to Ints. Else to Narrow, which takes so many groups of four
//                                 dimensions; widen(Ints, Narrow) adds them
//   kTurnGroups                   1, or 4 where every register is named: counting short turns takes
//                                 a twentieth of the ports that multiply, spilled sums take more
//   both(Ints, Ints)              the bits that both have; all_negative(Ints)
//   broadcast(int), broadcast(query), store(bytes, Bytes)
// In an anonymous namespace: see steps.hpp.
namespace {

using morgiana::kernels::BatchArgs;
using morgiana::kernels::kBatchBlocks;

/// Every loop over accumulators is unrolled, or they would live in memory.
#define MORGIANA_UNROLL _Pragma("GCC unroll 16")

constexpr std::size_t kGroupsPerLine = kLineDims / 4;
constexpr std::size_t kGroupBytes = kBatchBlocks * kLineBytes;

/// Levels 0…15 of a block, a byte each: byte 4·r + t of group g is dimension 4g + t of reference r.
/// The groups of the blocks of a tile lie side by side.
template <class V>
void spread_block(const Codes& codes, std::size_t block, std::uint8_t* out) {
  for (std::size_t part = 0; part < kBlockRows; part += V::kRows) {
    std::uint8_t* to = out + 4 * part;
    for_each_level_line<V>(codes, block, part, [&](typename V::Bytes even, typename V::Bytes odd) {
      V::store(to, V::mask(even, 0x0F));
      V::store(to + kGroupBytes, V::mask(odd, 0x0F));
      V::store(to + 2 * kGroupBytes, V::mask(V::template shift_right<4>(even), 0x0F));
      V::store(to + 3 * kGroupBytes, V::mask(V::template shift_right<4>(odd), 0x0F));
      to += kGroupsPerLine * kGroupBytes;
    });
  }
}

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
        codes[v] = V::load(levels + group * kGroupBytes + v * 4 * V::kRows);
      }
      MORGIANA_UNROLL
      for (std::size_t q = 0; q < V::kTileQueries; ++q) {
        const typename V::Bytes query = V::broadcast(queries[q] + 4 * group);
        MORGIANA_UNROLL
        for (std::size_t v = 0; v < V::kTileVectors; ++v) {
          sums[q][v] = V::multiply(sums[q][v], codes[v], query);
        }
      }
    }
  } while (group < end);
}

/// The sums of level · query of a tile, each from where its query starts.
template <class V>
inline void multiply_tile(const std::uint8_t* levels, std::size_t num_groups,
                          const std::int8_t* const* queries, const std::int32_t* starts,
                          typename V::Ints (&sums)[V::kTileQueries][V::kTileVectors]) {
  MORGIANA_UNROLL
  for (std::size_t q = 0; q < V::kTileQueries; ++q) {
    MORGIANA_UNROLL
    for (std::size_t v = 0; v < V::kTileVectors; ++v) sums[q][v] = V::broadcast(starts[q]);
  }
  if constexpr (V::kNarrowGroups == 0) {
    multiply_groups<V>(levels, 0, num_groups, queries, sums);
  } else {
    for (std::size_t begin = 0; begin < num_groups; begin += V::kNarrowGroups) {
      const std::size_t end =
          num_groups - begin < V::kNarrowGroups ? num_groups : begin + V::kNarrowGroups;
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

/// The extremes of the constants of some rows.
struct Extremes {
  float least_cos;
  float most_cos;
  float most_sin;
};

inline Extremes extremes(const DepthArgs& depth, std::size_t first, std::size_t last) {
  Extremes all{depth.cos_norm[first], depth.cos_norm[first], depth.sin_norm[first]};
  for (std::size_t row = first; row < last; ++row) {
    all.least_cos = depth.cos_norm[row] < all.least_cos ? depth.cos_norm[row] : all.least_cos;
    all.most_cos = depth.cos_norm[row] > all.most_cos ? depth.cos_norm[row] : all.most_cos;
    all.most_sin = depth.sin_norm[row] > all.most_sin ? depth.sin_norm[row] : all.most_sin;
  }
  return all;
}

/// Where the sums of each query start against these rows, so that a row whose sum ends below zero
/// is dropped. A product is 2·sum - 15·Σ, an integer that a float holds; as rounding is monotonic,
/// no row's bound is less than that of the extremes.
inline void set_starts(const Extremes& rows, const BatchArgs& batch) {
  constexpr float kNoSum = 1 << 26;  // beyond 15 · 127 · kMaxDim: for what is infinite or no number
  constexpr float kRounding = 8;     // of the last sum, which is below 2^27
  for (std::size_t i = 0; i < batch.num_queries; ++i) {
    const float cos_bound = batch.cos_bounds[i];
    const float cos_norm = cos_bound < 0 ? rows.most_cos : rows.least_cos;
    const float bound = cos_norm * cos_bound - rows.most_sin * batch.sin_bounds[i];
    const float twice = bound + 15 * static_cast<float>(batch.sums[i]);
    const float least = 0.5F * twice - kRounding;
    const float above = least > -kNoSum ? least : -kNoSum;
    batch.starts[i] = -static_cast<std::int32_t>(above < kNoSum ? above : kNoSum);
  }
}

/// Whether all these sums, which start below zero, have stayed there.
template <class V>
inline bool stay_below(const typename V::Ints (&sums)[V::kTileVectors]) {
  typename V::Ints all = sums[0];
  MORGIANA_UNROLL
  for (std::size_t v = 1; v < V::kTileVectors; ++v) all = V::both(all, sums[v]);
  return V::all_negative(all);
}

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

/// Rows [first, last) of a tile against one query, by their sums.
template <class V>
void keep_rows(const Codes& codes, const BatchArgs& batch, std::size_t query, std::size_t first,
               std::size_t last, const typename V::Ints (&sums)[V::kTileVectors],
               std::uint16_t* masks, std::int32_t* products) {
  const QueryArgs& args = batch.queries[query];
  for (std::size_t v = 0; v < V::kTileVectors; ++v) {
    const std::size_t row = first + v * V::kRows;
    if (row >= last) break;
    const typename V::Ints found = V::twice_minus(sums[v], 2 * batch.starts[query] + 15 * args.sum);
    const unsigned bits =
        V::reaches(found, codes.depths[kBothPlanes], row, args.cos_bound, args.sin_bound);
    if (bits == 0) continue;
    const std::size_t block = row / kBlockRows;
    std::uint16_t& kept = masks[query * codes.num_blocks + block];
    kept = static_cast<std::uint16_t>(kept | (bits << row % kBlockRows & batch.alive[block]));
    V::store(products + query * codes.num_blocks * kBlockRows + row, found);
  }
}

/// Rows [first, last) of a tile, whose levels are spread out, against tiles of all queries.
template <class V>
void narrow_tile(const Codes& codes, const BatchArgs& batch, const std::uint8_t* levels,
                 std::size_t first, std::size_t last, std::uint16_t* masks,
                 std::int32_t* products) {
  set_starts(extremes(codes.depths[kBothPlanes], first, last), batch);
  for (std::size_t begin = 0; begin < batch.num_queries; begin += V::kTileQueries) {
    // Behind the last query the first one is multiplied again, to no end.
    const std::size_t left = batch.num_queries - begin;
    const std::size_t num = left < V::kTileQueries ? left : V::kTileQueries;
    const std::int8_t* queries[V::kTileQueries];
    std::int32_t starts[V::kTileQueries];
    for (std::size_t q = 0; q < V::kTileQueries; ++q) {
      const std::size_t query = begin + (q < num ? q : 0);
      queries[q] = batch.queries[query].levels;
      starts[q] = batch.starts[query];
    }
    typename V::Ints sums[V::kTileQueries][V::kTileVectors];
    multiply_tile<V>(levels, codes.num_lines * kGroupsPerLine, queries, starts, sums);
    if (stay_below<V>(sums)) continue;  // nearly always, and then they never leave the registers
    typename V::Ints found[V::kTileQueries][V::kTileVectors];
    MORGIANA_UNROLL
    for (std::size_t q = 0; q < V::kTileQueries; ++q) {
      MORGIANA_UNROLL
      for (std::size_t v = 0; v < V::kTileVectors; ++v) found[q][v] = sums[q][v];
    }
    for (std::size_t q = 0; q < num; ++q) {
      if (stay_below<V>(found[q])) continue;
      keep_rows<V>(codes, batch, begin + q, first, last, found[q], masks, products);
    }
  }
}

template <class V>
void narrow_batch(const Codes& codes, const BatchArgs& batch, std::uint16_t* masks,
                  std::int32_t* products) {
  for (std::size_t i = 0; i < batch.num_queries * codes.num_blocks; ++i) masks[i] = 0;
  for (std::size_t first = 0; first < codes.num_blocks; first += kBatchBlocks) {
    const std::size_t last =
        codes.num_blocks - first < kBatchBlocks ? codes.num_blocks : first + kBatchBlocks;
    unsigned alive = 0;
    for (std::size_t block = first; block < last; ++block) alive |= batch.alive[block];
    if (alive == 0) continue;
    for (std::size_t block = first; block < last; ++block) {
      spread_block<V>(codes, block, batch.scratch + (block - first) * kLineBytes);
    }
    constexpr std::size_t kTileRows = V::kTileVectors * V::kRows;
    const std::size_t end = last * kBlockRows;
    for (std::size_t row = first * kBlockRows; row < end; row += kTileRows) {
      narrow_tile<V>(codes, batch, batch.scratch + 4 * (row - first * kBlockRows), row,
                     end - row < kTileRows ? end : row + kTileRows, masks, products);
    }
  }
}

}  // namespace
