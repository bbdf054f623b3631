#pragma once

#include "kernels/steps.hpp"

// The step of both planes for many queries at once, of every vector tier: codes are spread out to a
// byte a dimension once, and then multiplied by tiles of queries whose sums stay in registers. Of V
// (steps.hpp) it also needs
//   kTileQueries, kTileVectors    of a tile; its sums, kTileVectors codes and a query fit the
//                                 registers
//   Narrow                        what products of code bytes and query bytes are summed in
//   kNarrowGroups                 how many groups of four dimensions that takes at most
//   multiply(Narrow, Bytes codes, Bytes query)    adds the products of one group
//   widen(Ints, Narrow)                           adds the sums
//   zero(), broadcast(query), store(bytes, Bytes)
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

/// Sums of level · query of the vectors of a tile, from `levels` on.
template <class V>
inline void multiply_tile(const std::uint8_t* levels, std::size_t num_groups,
                          const std::int8_t* const* queries,
                          typename V::Ints (&sums)[V::kTileQueries][V::kTileVectors]) {
  MORGIANA_UNROLL
  for (std::size_t q = 0; q < V::kTileQueries; ++q) {
    MORGIANA_UNROLL
    for (std::size_t v = 0; v < V::kTileVectors; ++v) sums[q][v] = V::zero();
  }
  for (std::size_t begin = 0; begin < num_groups; begin += V::kNarrowGroups) {
    const std::size_t end =
        num_groups - begin < V::kNarrowGroups ? num_groups : begin + V::kNarrowGroups;
    typename V::Narrow narrow[V::kTileQueries][V::kTileVectors] = {};
    for (std::size_t group = begin; group < end; ++group) {
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
          narrow[q][v] = V::multiply(narrow[q][v], codes[v], query);
        }
      }
    }
    MORGIANA_UNROLL
    for (std::size_t q = 0; q < V::kTileQueries; ++q) {
      MORGIANA_UNROLL
      for (std::size_t v = 0; v < V::kTileVectors; ++v) {
        sums[q][v] = V::widen(sums[q][v], narrow[q][v]);
      }
    }
  }
}

/// Blocks [first, last), whose levels are spread out, against tiles of all queries.
template <class V>
void narrow_tiles(const Codes& codes, const BatchArgs& batch, std::size_t first, std::size_t last,
                  std::uint16_t* masks, std::int32_t* products) {
  const DepthArgs& depth = codes.depths[kBothPlanes];
  for (std::size_t begin = 0; begin < batch.num_queries; begin += V::kTileQueries) {
    // Behind the last query the first one is multiplied again, to no end.
    const std::size_t left = batch.num_queries - begin;
    const std::size_t num = left < V::kTileQueries ? left : V::kTileQueries;
    const std::int8_t* queries[V::kTileQueries];
    for (std::size_t q = 0; q < V::kTileQueries; ++q) {
      queries[q] = batch.queries[begin + (q < num ? q : 0)].levels;
    }
    constexpr std::size_t kTileRows = V::kTileVectors * V::kRows;
    for (std::size_t row = first * kBlockRows; row < last * kBlockRows; row += kTileRows) {
      typename V::Ints sums[V::kTileQueries][V::kTileVectors];
      multiply_tile<V>(batch.scratch + 4 * (row - first * kBlockRows),
                       codes.num_lines * kGroupsPerLine, queries, sums);
      const std::size_t num_rows =
          last * kBlockRows - row < kTileRows ? last * kBlockRows - row : kTileRows;
      for (std::size_t q = 0; q < num; ++q) {
        const QueryArgs& query = batch.queries[begin + q];
        const std::int32_t offset = 15 * query.sum;
        std::uint64_t reaching = 0;
        MORGIANA_UNROLL
        for (std::size_t v = 0; v < V::kTileVectors; ++v) {
          if (v * V::kRows >= num_rows) break;
          const std::uint64_t bits =
              V::reaches(V::twice_minus(sums[q][v], offset), depth, row + v * V::kRows,
                         query.cos_bound, query.sin_bound);
          reaching |= bits << v * V::kRows;
        }
        if (reaching == 0) continue;  // nearly always
        std::uint16_t* kept = masks + (begin + q) * codes.num_blocks;
        for (std::size_t v = 0; v * V::kRows < num_rows; ++v) {
          const std::size_t at = row + v * V::kRows;
          const auto bits = static_cast<unsigned>(reaching >> v * V::kRows) << at % kBlockRows;
          const std::size_t block = at / kBlockRows;
          kept[block] = static_cast<std::uint16_t>(kept[block] | (bits & batch.alive[block]));
          V::store(products + (begin + q) * codes.num_blocks * kBlockRows + at,
                   V::twice_minus(sums[q][v], offset));
        }
      }
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
    narrow_tiles<V>(codes, batch, first, last, masks, products);
  }
}

}  // namespace
