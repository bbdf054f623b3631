#include "index/segment.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "morgiana/types.hpp"

namespace morgiana::index {

using kernels::kBlockRows;
using kernels::kLineBytes;
using kernels::kLineDims;

namespace {

/// Below, too many strangers survive by their signs for these to be worth reading, even where some
/// mates may be missed.
constexpr std::uint32_t kLeastDimOfSigns = 256;

bool has_depth(const Layout& layout, std::size_t depth) {
  if (depth == kernels::kSigns) return layout.has_signs();
  return depth != kernels::kResidual || layout.has_residual;
}

std::size_t num_depths(const Layout& layout) {
  std::size_t num = 0;
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    num += has_depth(layout, depth) ? 1U : 0U;
  }
  return num;
}

constexpr std::size_t kWordBytes = 4;  // of a row in a line

/// Four neighbours of a line, a byte each.
std::uint32_t four_levels(const std::uint8_t* levels) {
  std::uint32_t word;
  std::memcpy(&word, levels, sizeof word);
  return word;
}

/// What a row has in a line of a plane: bits [at, at + width) of its sixteen levels, the j-th four
/// moved up by 2j (kernel_table.hpp).
std::uint32_t line_word(const std::uint8_t* levels, unsigned at, std::uint32_t width) {
  const std::uint32_t mask = 0x01010101U * ((1U << width) - 1);
  std::uint32_t word = 0;
  for (unsigned j = 0; j < kLineDims / 4; ++j) {
    word |= (four_levels(levels + 4 * j) >> at & mask) << 2 * j;
  }
  return word;
}

/// A plane's word of a row in one line.
std::uint8_t* word_of(std::uint8_t* plane, std::size_t lines_per_block, std::size_t row,
                      std::size_t line) {
  return plane + (row / kBlockRows * lines_per_block + line) * kLineBytes +
         kWordBytes * (row % kBlockRows);
}

void put_word(std::uint8_t* to, std::uint32_t word) {
  std::memcpy(to, &word, sizeof word);
}

/// The levels of a row in all planes; those of dimensions that are not there are 0.
void put_levels(const Segment& segment, std::size_t row, std::span<const std::uint8_t> levels) {
  std::array<std::uint8_t, kMaxDim + 2 * kLineDims> padded;
  std::copy(levels.begin(), levels.end(), padded.begin());
  std::fill_n(padded.begin() + levels.size(), 2 * kLineDims, std::uint8_t{0});
  const std::size_t num_lines = segment.layout.num_lines();
  const std::size_t num_pairs = kernels::num_sign_lines(num_lines);
  const std::size_t num_seconds = kernels::num_second_lines(num_lines);
  for (std::size_t line = 0; line < num_lines; ++line) {
    put_word(word_of(segment.low, num_lines, row, line),
             line_word(padded.data() + line * kLineDims, 0, 2));
  }
  for (std::size_t pair = 0; pair < num_pairs; ++pair) {
    const std::uint8_t* even = padded.data() + 2 * pair * kLineDims;
    const std::uint8_t* odd = even + kLineDims;
    put_word(word_of(segment.signs, num_pairs, row, pair),
             line_word(even, 3, 1) | line_word(odd, 3, 1) << 1);
    put_word(word_of(segment.seconds, num_seconds, row, pair),
             line_word(even, 2, 1) | line_word(odd, 2, 1) << 1);
  }
  if (num_seconds > num_pairs) {  // the last line has no second one, and keeps the high plane whole
    put_word(word_of(segment.seconds, num_seconds, row, num_pairs),
             line_word(padded.data() + 2 * num_pairs * kLineDims, 2, 2));
  }
}

}  // namespace

std::size_t Layout::num_lines() const noexcept {
  return kernels::num_plane_lines(dim);
}

bool Layout::has_signs() const noexcept {
  return dim >= kLeastDimOfSigns;
}

std::size_t Layout::residual_bytes() const noexcept {
  constexpr std::size_t kAlign = kernels::kResidualAlign;
  return ((dim + 1) / 2 + kAlign - 1) / kAlign * kAlign;
}

std::size_t Layout::block_bytes() const noexcept {
  std::size_t row = 2 * sizeof(float) * num_depths(*this) + 2 * sizeof(std::uint64_t);
  if (has_residual) row += residual_bytes();
  if (has_values) row += dim * sizeof(float);
  return 2 * num_lines() * kLineBytes + kBlockRows * row;
}

Segment::Segment(const Layout& of, std::size_t capacity)
    : layout(of), capacity_blocks(capacity), pages(capacity * of.block_bytes()) {
  std::uint8_t* next = pages.data();  // every array's size is a multiple of 64 bytes
  const auto take = [&]<class Value>(Value*& array, std::size_t per_block) {
    array = reinterpret_cast<Value*>(next);
    next += capacity * per_block * sizeof(Value);
  };
  take(signs, kernels::num_sign_lines(layout.num_lines()) * kLineBytes);
  take(seconds, kernels::num_second_lines(layout.num_lines()) * kLineBytes);
  take(low, layout.num_lines() * kLineBytes);
  residual = nullptr;
  if (layout.has_residual) take(residual, kBlockRows * layout.residual_bytes());
  cos_norm = {};
  sin_norm = {};
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    if (!has_depth(layout, depth)) continue;
    take(cos_norm[depth], kBlockRows);
    take(sin_norm[depth], kBlockRows);
  }
  take(cohorts, kBlockRows);
  take(keys, kBlockRows);
  values = nullptr;
  if (layout.has_values) take(values, kBlockRows * layout.dim);
}

void Segment::put(std::size_t row, const Entry& entry) {
  put_levels(*this, row, entry.code.levels);
  if (residual != nullptr) {
    std::uint8_t* codes = residual + row * layout.residual_bytes();
    const std::vector<std::uint8_t>& levels = entry.code.residual;
    std::fill_n(codes, layout.residual_bytes(), std::uint8_t{0});
    for (std::size_t i = 0; i < layout.dim / 2; ++i) {
      codes[i] = static_cast<std::uint8_t>(levels[2 * i] | levels[2 * i + 1] << 4);
    }
    if (layout.dim % 2 != 0) codes[layout.dim / 2] = levels[layout.dim - 1];
  }
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    if (!has_depth(layout, depth)) continue;
    cos_norm[depth][row] = entry.code.bounds[depth].cos_norm;
    sin_norm[depth][row] = entry.code.bounds[depth].sin_norm;
  }
  cohorts[row] = entry.cohorts;
  keys[row] = entry.key;
  if (values != nullptr)
    std::copy(entry.values.begin(), entry.values.end(), values + row * layout.dim);
}

void Segment::copy_row(std::size_t row, const Segment& from, std::size_t from_row) {
  const auto copy_words = [&](std::uint8_t* to, std::uint8_t* source, std::size_t num_lines) {
    for (std::size_t line = 0; line < num_lines; ++line) {
      std::memcpy(word_of(to, num_lines, row, line), word_of(source, num_lines, from_row, line),
                  kWordBytes);
    }
  };
  copy_words(signs, from.signs, kernels::num_sign_lines(layout.num_lines()));
  copy_words(seconds, from.seconds, kernels::num_second_lines(layout.num_lines()));
  copy_words(low, from.low, layout.num_lines());
  const auto copy = [&](auto* to, const auto* source, std::size_t per_row) {
    if (to != nullptr) std::copy_n(source + from_row * per_row, per_row, to + row * per_row);
  };
  copy(residual, from.residual, layout.residual_bytes());
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    copy(cos_norm[depth], from.cos_norm[depth], 1);
    copy(sin_norm[depth], from.sin_norm[depth], 1);
  }
  copy(cohorts, from.cohorts, 1);
  copy(keys, from.keys, 1);
  copy(values, from.values, layout.dim);
}

void Segment::copy_block(std::size_t block, const Segment& from, std::size_t from_block) {
  const auto copy = [&](auto* to, const auto* source, std::size_t per_block) {
    if (to == nullptr) return;
    std::copy_n(source + from_block * per_block, per_block, to + block * per_block);
  };
  copy(signs, from.signs, kernels::num_sign_lines(layout.num_lines()) * kLineBytes);
  copy(seconds, from.seconds, kernels::num_second_lines(layout.num_lines()) * kLineBytes);
  copy(low, from.low, layout.num_lines() * kLineBytes);
  copy(residual, from.residual, kBlockRows * layout.residual_bytes());
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    copy(cos_norm[depth], from.cos_norm[depth], kBlockRows);
    copy(sin_norm[depth], from.sin_norm[depth], kBlockRows);
  }
  copy(cohorts, from.cohorts, kBlockRows);
  copy(keys, from.keys, kBlockRows);
  copy(values, from.values, kBlockRows * layout.dim);
}

}  // namespace morgiana::index
