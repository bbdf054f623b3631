#pragma once

#include <immintrin.h>

#include "kernels/batch.hpp"
#include "kernels/tile_config.hpp"

// Tiles of queries whose sums are the tile registers of AMX: 16 queries times the four blocks that
// are spread out, 64 dimensions an instruction. Codes behind the last dimension are whatever is in
// the scratch memory, as queries are padded with 0. V has vectors of 16 rows, add,
// broadcast, both and all_negative as register_tiles.hpp says, and greater(Ints, Ints).
// In an anonymous namespace: see steps.hpp.
namespace {

template <class V>
class AmxTiles {
 public:
  static constexpr std::size_t kRows = kBatchBlocks * kBlockRows;

  AmxTiles(const Codes& codes, const BatchArgs& batch, std::uint16_t* masks, std::int32_t* products)
      : codes_(codes), batch_(batch), masks_(masks), products_(products) {
    // What is behind the last query does not keep a tile from being dropped.
    for (std::size_t i = batch.num_queries; i < padded_queries(batch.num_queries); ++i) {
      batch.starts[i] = -kNoSum;
    }
  }

  void narrow(const std::uint8_t* levels, std::size_t first, std::size_t last) const {
    set_starts(extremes(codes_.depths[kBothPlanes], first, last), batch_);
    alignas(64) std::int32_t sums[kBatchQueries][kRows];
    for (std::size_t begin = 0; begin < batch_.num_queries; begin += kBatchQueries) {
      multiply(levels, batch_.levels + begin * padded_dims(codes_.num_lines), sums);
      if (all_stay_below(sums, batch_.starts + begin)) continue;  // nearly always
      const std::size_t left = batch_.num_queries - begin;
      for (std::size_t q = 0; q < left && q < kBatchQueries; ++q) {
        typename V::Ints found[V::kTileVectors];
        for (std::size_t v = 0; v < V::kTileVectors; ++v) {
          found[v] = V::add(load(sums[q] + v * V::kRows), V::broadcast(batch_.starts[begin + q]));
        }
        if (stay_below<V>(found)) continue;
        keep_rows<V>(codes_, batch_, begin + q, first, last, found, masks_, products_);
      }
    }
  }

 private:
  static constexpr std::size_t kGroupBytes = 4 * kRows;
  static_assert(V::kTileVectors * V::kRows == kRows);

  std::size_t num_groups() const { return padded_dims(codes_.num_lines) / 4; }

  static typename V::Ints load(const std::int32_t* sums) {
    return *reinterpret_cast<const typename V::Ints*>(sums);
  }

  /// The sums of level · query of 16 queries and 64 rows.
  void multiply(const std::uint8_t* levels, const std::int8_t* queries,
                std::int32_t (&sums)[kBatchQueries][kRows]) const {
    asm volatile("" ::: "memory");  // tiles are loaded behind the compiler's back
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    const std::size_t stride = padded_dims(codes_.num_lines);
    for (std::size_t group = 0; group < num_groups(); group += kBatchDims / 4) {
      const std::uint8_t* codes = levels + group * kGroupBytes;
      _tile_loadd(4, queries + 4 * group, stride);
      _tile_loadd(5, codes, kGroupBytes);
      _tile_dpbsud(0, 4, 5);
      _tile_loadd(6, codes + kLineBytes, kGroupBytes);
      _tile_dpbsud(1, 4, 6);
      _tile_loadd(7, codes + 2 * kLineBytes, kGroupBytes);
      _tile_dpbsud(2, 4, 7);
      _tile_loadd(5, codes + 3 * kLineBytes, kGroupBytes);
      _tile_dpbsud(3, 4, 5);
    }
    _tile_stored(0, sums[0], sizeof sums[0]);
    _tile_stored(1, sums[0] + kBlockRows, sizeof sums[0]);
    _tile_stored(2, sums[0] + 2 * kBlockRows, sizeof sums[0]);
    _tile_stored(3, sums[0] + 3 * kBlockRows, sizeof sums[0]);
    asm volatile("" ::: "memory");
  }

  /// Whether all sums, each counted from where its query starts, are below zero.
  static bool all_stay_below(const std::int32_t (&sums)[kBatchQueries][kRows],
                             const std::int32_t* starts) {
    typename V::Ints all = V::broadcast(-1);
    MORGIANA_UNROLL
    for (std::size_t q = 0; q < kBatchQueries; ++q) {
      typename V::Ints most = load(sums[q]);
      MORGIANA_UNROLL
      for (std::size_t v = 1; v < V::kTileVectors; ++v) {
        most = V::greater(most, load(sums[q] + v * V::kRows));
      }
      all = V::both(all, V::add(most, V::broadcast(starts[q])));
    }
    return V::all_negative(all);
  }

  const Codes& codes_;
  const BatchArgs& batch_;
  std::uint16_t* masks_;
  std::int32_t* products_;
  TileConfig config_;
};

}  // namespace
