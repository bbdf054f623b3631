#pragma once

#include "kernels/hadamard.hpp"
#include "kernels/quantise.hpp"
#include "kernels/steps.hpp"

// The step of both planes for many queries at once, of every vector tier: codes are spread out to a
// byte a dimension once, and then multiplied by tiles of queries. Tiles is one of
// register_tiles.hpp and amx_tiles.hpp:
//   Tiles(Codes, BatchArgs, masks, products)
//   kRows                         of a tile: those of kBatchBlocks blocks at most
//   narrow(levels, first, last)   rows [first, last), spread out in groups of four dimensions of
//   all
//                                 rows of a tile, against all queries; sets bits of masks
// In an anonymous namespace: see steps.hpp.
namespace {

using morgiana::kernels::BatchArgs;
using morgiana::kernels::kBatchBlocks;
using morgiana::kernels::kBatchDims;
using morgiana::kernels::kBatchQueries;
using morgiana::kernels::padded_dims;
using morgiana::kernels::padded_queries;

/// Every loop over accumulators is unrolled, or they would live in memory.
#define MORGIANA_UNROLL _Pragma("GCC unroll 16")

constexpr std::size_t kGroupsPerLine = kLineDims / 4;
/// Farther from zero than any sum: 15 · 127 for each of 4096 dimensions at most.
constexpr std::int32_t kNoSum = 1 << 26;

/// Levels 0…15 of a block, a byte each: byte 4·r + t of group g is dimension 4g + t of reference r.
/// Groups lie kGroupBytes apart, as those of the blocks of a tile lie side by side.
template <class V, std::size_t kGroupBytes>
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
/// is dropped (docs/numerics.md#starts).
inline void set_starts(const Extremes& rows, const BatchArgs& batch) {
  constexpr float kMost = kNoSum;  // for what is infinite or no number
  constexpr float kRounding = 8;
  for (std::size_t i = 0; i < batch.num_queries; ++i) {
    const float cos_bound = batch.cos_bounds[i];
    const float cos_norm = cos_bound < 0 ? rows.most_cos : rows.least_cos;
    const float bound = cos_norm * cos_bound - rows.most_sin * batch.sin_bounds[i];
    const float twice = bound + 15 * static_cast<float>(batch.sums[i]);
    const float least = 0.5F * twice - kRounding;
    const float above = least > -kMost ? least : -kMost;
    batch.starts[i] = -static_cast<std::int32_t>(above < kMost ? above : kMost);
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

/// Rows [first, last) of a tile against one query, by their sums, which began at its start.
template <class V>
void keep_rows(const Codes& codes, const BatchArgs& batch, std::size_t query, std::size_t first,
               std::size_t last, const typename V::Ints (&sums)[V::kTileVectors],
               std::uint16_t* masks, std::int32_t* products) {
  for (std::size_t v = 0; v < V::kTileVectors; ++v) {
    const std::size_t row = first + v * V::kRows;
    if (row >= last) break;
    const typename V::Ints found =
        V::twice_minus(sums[v], 2 * batch.starts[query] + 15 * batch.sums[query]);
    const unsigned bits = V::reaches(found, codes.depths[kBothPlanes], row, batch.cos_bounds[query],
                                     batch.sin_bounds[query]);
    if (bits == 0) continue;
    const std::size_t block = row / kBlockRows;
    std::uint16_t& kept = masks[query * codes.num_blocks + block];
    kept = static_cast<std::uint16_t>(kept | (bits << row % kBlockRows & batch.alive[block]));
    V::store(products + query * codes.num_blocks * kBlockRows + row, found);
  }
}

template <class V, class Tiles>
void narrow_batch(const Codes& codes, const BatchArgs& batch, std::uint16_t* masks,
                  std::int32_t* products) {
  for (std::size_t i = 0; i < batch.num_queries * codes.num_blocks; ++i) masks[i] = 0;
  Tiles tiles(codes, batch, masks, products);
  constexpr std::size_t kTileBlocks = Tiles::kRows / kBlockRows;
  static_assert(kTileBlocks * kBlockRows == Tiles::kRows && kTileBlocks <= kBatchBlocks);
  for (std::size_t first = 0; first < codes.num_blocks; first += kTileBlocks) {
    const std::size_t last =
        codes.num_blocks - first < kTileBlocks ? codes.num_blocks : first + kTileBlocks;
    unsigned alive = 0;
    for (std::size_t block = first; block < last; ++block) alive |= batch.alive[block];
    if (alive == 0) continue;
    for (std::size_t block = first; block < last; ++block) {
      spread_block<V, 4 * Tiles::kRows>(codes, block, batch.scratch + (block - first) * kLineBytes);
    }
    tiles.narrow(batch.scratch, first * kBlockRows, last * kBlockRows);
  }
}

/// All that a tier exports whose vectors are V and whose batches are multiplied by Tiles.
template <class V, class Tiles>
constexpr morgiana::kernels::KernelTable table_of(morgiana::kernels::Tier tier, const char* name,
                                                  double (*dot)(const float*, const float*,
                                                                std::size_t)) {
  return {tier,
          name,
          &select_cohorts<V>,
          &narrow_signs<V>,
          &narrow_high<V>,
          &narrow_both<V>,
          &narrow_batch<V, Tiles>,
          &narrow_residual<V>,
          dot,
          &quantise,
          &hadamard<EightFloats>};
}

}  // namespace
