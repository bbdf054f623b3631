#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace morgiana::kernels {

enum class Tier { scalar, avx2, avx512, avx512_vnni, amx };

/// References are coded in blocks of 16. A plane holds two bits of every dimension: one 64-byte
/// line of it has 16 dimensions of the 16 references, so that a dot product of four bytes
/// accumulates 16 references with no horizontal sum. Byte 4·r + t of line k holds dimensions
/// 16k + t, + 4, + 8 and + 12 of reference r, from its lowest two bits up.
///
/// The low plane is kept so. Of the high plane, lines 2p and 2p + 1 are kept as line p of the signs
/// and line p of the second bits: at the places of a byte where a plane's line has the two bits of
/// a dimension, the lower one belongs to line 2p and the upper one to line 2p + 1. Without a
/// partner, the last line is kept whole, behind those of the second bits.
inline constexpr std::size_t kBlockRows = 16;
inline constexpr std::size_t kLineDims = 16;
inline constexpr std::size_t kLineBytes = 64;

constexpr std::size_t num_sign_lines(std::size_t num_lines) {
  return num_lines / 2;
}
constexpr std::size_t num_second_lines(std::size_t num_lines) {
  return num_lines - num_sign_lines(num_lines);
}
/// Of so many dimensions.
constexpr std::size_t num_plane_lines(std::size_t dim) {
  return (dim + kLineDims - 1) / kLineDims;
}
/// How many of so many dimensions have their signs in lines of signs: the first ones.
constexpr std::size_t num_sign_dims(std::size_t dim) {
  const std::size_t in_lines = num_sign_lines(num_plane_lines(dim)) * 2 * kLineDims;
  return in_lines < dim ? in_lines : dim;
}

/// The residual of a reference is a row of its own: byte j holds dimension 2j in its low nibble and
/// 2j + 1 in its high one. Rows are padded to a multiple of 16 bytes.
inline constexpr std::size_t kResidualAlign = 16;

/// How much of a code a step reads. A code k in 0…15 stands for the odd level 2k - 15.
enum Depth : std::size_t {
  kSigns,       // s = k / 8, for 2s - 1; of the dimensions in lines of signs, the others count as 0
  kHighPlane,   // h = k / 4, for 2h - 3
  kBothPlanes,  // k
  kResidual,    // 4·(2k - 15) + (2r - 15), r the residual's code
};
inline constexpr std::size_t kNumDepths = 4;

/// The constants of one depth, and the bound: a reference whose coded vector is c is dropped iff
/// ⟨query, c⟩ < cos_norm·cos_bound - sin_norm·sin_bound.
struct DepthArgs {
  const float* cos_norm;  // [num_blocks][16] ‖c‖·cos φ, rounded down
  const float* sin_norm;  // [num_blocks][16] ‖c‖·sin φ, rounded up
};

/// Coded references, and what a step needs of them.
struct Codes {
  const std::uint8_t* signs;     // [num_blocks][num_sign_lines][64], 64-byte aligned
  const std::uint8_t* seconds;   // [num_blocks][num_second_lines][64], the same
  const std::uint8_t* low;       // [num_blocks][num_lines][64], the same
  const std::uint8_t* residual;  // [num_blocks][16][residual_bytes]; null where there is none
  std::array<DepthArgs, kNumDepths> depths;
  std::size_t num_blocks;
  std::size_t num_lines;       // of a block in one plane: dimensions / 16, rounded up
  std::size_t residual_bytes;  // of a row
};

/// Of one vector y and its levels c at each depth.
struct LevelSums {
  std::array<double, kNumDepths> products;       // ⟨y, c⟩, added up as `dot` does
  std::array<std::int32_t, kNumDepths> squares;  // ‖c‖²
};

/// A query, and the bound it sets.
struct QueryArgs {
  const std::int8_t* levels;        // [num_lines][16], 0 behind the last dimension
  const std::int8_t* split_levels;  // [2][residual_bytes] even dimensions, odd ones; 0 behind them
  std::int32_t sum;
  std::int32_t sign_sum;  // of the dimensions that lines of signs hold
  float cos_bound;
  float sin_bound;  // not negative
};

/// A batch takes up to so many blocks at once, with their levels spread out to bytes.
inline constexpr std::size_t kBatchBlocks = 4;
/// And multiplies so many queries and dimensions at once at most: a batch's levels are padded.
inline constexpr std::size_t kBatchQueries = 16;
inline constexpr std::size_t kBatchDims = 64;

constexpr std::size_t padded_queries(std::size_t num_queries) {
  return (num_queries + kBatchQueries - 1) / kBatchQueries * kBatchQueries;
}
constexpr std::size_t padded_dims(std::size_t num_lines) {
  return (num_lines * kLineDims + kBatchDims - 1) / kBatchDims * kBatchDims;
}
constexpr std::size_t batch_scratch_bytes(std::size_t num_lines) {
  return kBatchBlocks * kBlockRows * padded_dims(num_lines);
}

/// Many queries at once against the same blocks.
struct BatchArgs {
  std::size_t num_queries;
  const std::int8_t* levels;  // [padded_queries][padded_dims], 64-byte aligned, padded with 0
  const float* cos_bounds;    // [num_queries], as the next two
  const float* sin_bounds;    // not negative
  const std::int32_t* sums;
  const std::uint16_t* alive;  // [num_blocks], a bit a row
  std::uint8_t* scratch;       // [batch_scratch_bytes], 64-byte aligned; any levels of 0…15
  std::int32_t* starts;        // [padded_queries], scratch too
  std::size_t narrow_groups;   // of these queries: narrow_groups.hpp
};

/// All that a tier exports. Masks have a bit for each row of a block; a step clears the bits of the
/// rows that it drops, and reads no code of a block whose mask is 0. What is left is the same in
/// every tier: the products are integers, and the right side is two products and a difference, each
/// rounded.
struct KernelTable {
  Tier tier;
  const char* name;
  /// Clears the rows that have none of the wanted cohorts.
  void (*select_cohorts)(const std::uint64_t* cohorts, std::size_t num_blocks, std::uint64_t wanted,
                         std::uint16_t* masks);
  void (*narrow_signs)(const Codes& codes, const QueryArgs& query, std::uint16_t* masks);
  void (*narrow_high)(const Codes& codes, const QueryArgs& query, std::uint16_t* masks);
  /// Also writes ⟨query, c⟩ of every block that it reads: products [num_blocks][16].
  void (*narrow_both)(const Codes& codes, const QueryArgs& query, std::uint16_t* masks,
                      std::int32_t* products);
  /// narrow_both for each query, with masks [num_queries][num_blocks] set from what is alive.
  /// Writes products [num_queries][num_blocks][16], of the rows that a query leaves for sure.
  void (*narrow_batch)(const Codes& codes, const BatchArgs& batch, std::uint16_t* masks,
                       std::int32_t* products);
  /// `products`: of narrow_both or narrow_batch.
  void (*narrow_residual)(const Codes& codes, const QueryArgs& query, std::uint16_t* masks,
                          const std::int32_t* products);
  /// The canonical score before its one rounding to float: exact products in double, lane i mod 8,
  /// summed in order; then ((0+4)+(2+6)) + ((1+5)+(3+7)). Equal bits in every tier.
  double (*dot)(const float* a, const float* b, std::size_t dim);
  /// Codes values k, and what is left over of them r, a byte a dimension: of y·`half_steps`, a
  /// number of half steps, those whose cells hold it. Equal bits in every tier.
  void (*quantise)(const float* y, std::size_t dim, float half_steps, std::uint8_t* levels,
                   std::uint8_t* residual, LevelSums& sums);
  /// Scales each value and transforms them (Walsh–Hadamard, unnormalised) in place; `size` is a
  /// power of two, 8 or more. Equal bits in every tier.
  void (*hadamard)(float* values, const float* scale, std::size_t size);
};

namespace scalar {
extern const KernelTable kTable;
}
namespace avx2 {
extern const KernelTable kTable;
}
namespace avx512 {
extern const KernelTable kTable;
}
namespace avx512_vnni {
extern const KernelTable kTable;
}
namespace amx {
extern const KernelTable kTable;
}

}  // namespace morgiana::kernels
