#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "index/code.hpp"
#include "index/pages.hpp"
#include "kernels/kernel_table.hpp"

namespace morgiana::index {

/// What an index keeps of every reference.
struct Layout {
  std::uint32_t dim;
  bool has_residual = true;
  bool has_values = false;  // the float32 vector itself

  std::size_t num_lines() const noexcept;       // of a block in one plane
  bool has_signs() const noexcept;              // as a depth of their own: constants are kept
  std::size_t residual_bytes() const noexcept;  // of a reference
  std::size_t block_bytes() const noexcept;     // of all arrays of a segment, for 16 references
};

/// One reference as an index takes it.
struct Entry {
  std::uint64_t key;
  std::uint64_t cohorts;
  const Code& code;
  std::span<const float> values;  // [dim], read where the layout has values
};

/// Memory for `capacity_blocks` blocks of 16 references. Blocks that a view shows never change; the
/// one writer fills those behind them.
struct Segment {
  Segment(const Layout& layout, std::size_t capacity_blocks);

  void put(std::size_t row, const Entry& entry);
  /// Both segments have one layout.
  void copy_row(std::size_t row, const Segment& from, std::size_t from_row);
  void copy_block(std::size_t block, const Segment& from, std::size_t from_block);

  Layout layout;
  std::size_t capacity_blocks;
  Pages pages;
  std::uint8_t* signs;     // [capacity_blocks][num_sign_lines][64] (kernel_table.hpp)
  std::uint8_t* seconds;   // [capacity_blocks][num_second_lines][64]
  std::uint8_t* low;       // [capacity_blocks][num_lines][64]
  std::uint8_t* residual;  // [capacity_blocks][16][residual_bytes]; null without
  std::array<float*, kernels::kNumDepths> cos_norm;  // [capacity_blocks][16]; null at depths that
  std::array<float*, kernels::kNumDepths> sin_norm;  // the layout has not
  std::uint64_t* cohorts;                            // [capacity_blocks][16]
  std::uint64_t* keys;                               // the same, ascending
  float* values;                                     // [capacity_blocks][16][dim]; null without
};

}  // namespace morgiana::index
