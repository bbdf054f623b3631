#pragma once

#include <cstddef>
#include <cstdint>

namespace morgiana::kernels {

enum class Tier { scalar, avx2, avx512_vnni };

/// References are coded in blocks of 16. One 64-byte line holds 8 dimensions of the 16: byte
/// 4·r + t holds dimension 8k + t of reference r in its low nibble, dimension 8k + 4 + t in its
/// high one. So a dot product of four bytes accumulates 16 references with no horizontal sum.
inline constexpr std::size_t kBlockRows = 16;
inline constexpr std::size_t kLineDims = 8;
inline constexpr std::size_t kLineBytes = 64;

/// A code k in 0…15 stands for the odd level 2k - 15.
struct ScanArgs {
  const std::uint8_t* codes;   // [num_blocks][num_lines][64], 64-byte aligned
  const float* cos_norm;       // [num_blocks][16] ‖c‖·cos φ, rounded down
  const float* sin_norm;       // [num_blocks][16] ‖c‖·sin φ, rounded up
  const std::uint16_t* alive;  // [num_blocks] bit r: reference r exists
  std::size_t num_blocks;
  std::size_t num_lines;     // of a block: dimensions / 8, rounded up
  const std::int8_t* query;  // [num_lines][8], 0 behind the last dimension
  std::int32_t offset;       // -15 · sum of query
  float cos_bound;           // a reference is dropped iff
  float sin_bound;           //   ⟨query, c⟩ < cos_norm·cos_bound - sin_norm·sin_bound
};

/// All that a tier exports. The survivors of every tier are the same, in ascending order: integer
/// dot products are exact, and the right side is two products and a difference, each rounded.
struct KernelTable {
  Tier tier;
  const char* name;
  /// Writes the row (block·16 + r) of every survivor; `survivors` has room for all rows.
  std::size_t (*scan4)(const ScanArgs& args, std::uint32_t* survivors);
  /// The canonical score before its one rounding to float: exact products in double, lane i mod 8,
  /// summed in order; then ((0+4)+(2+6)) + ((1+5)+(3+7)). Equal bits in every tier.
  double (*dot)(const float* a, const float* b, std::size_t dim);
};

namespace scalar {
extern const KernelTable kTable;
}
namespace avx2 {
extern const KernelTable kTable;
}
namespace avx512_vnni {
extern const KernelTable kTable;
}

}  // namespace morgiana::kernels
