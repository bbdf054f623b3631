#include "index/segment.hpp"

#include <algorithm>

namespace morgiana::index {

using kernels::kBlockRows;
using kernels::kLineBytes;
using kernels::kLineDims;

namespace {

/// The depths whose constants are kept.
std::size_t num_depths(const Layout& layout) {
  return layout.has_residual ? kernels::kNumDepths : kernels::kNumDepths - 1;
}

/// Where two bits of a dimension lie in a block of a plane (kernel_table.hpp).
struct Place {
  Place(std::size_t row, std::size_t dim)
      : byte(dim / kLineDims * kLineBytes + 4 * row + dim % 4),
        shift(static_cast<int>(dim % kLineDims / 4 * 2)) {}

  void put(std::uint8_t* block, int bits) const {
    block[byte] = static_cast<std::uint8_t>((block[byte] & ~(3 << shift)) | bits << shift);
  }
  int get(const std::uint8_t* block) const { return block[byte] >> shift & 3; }

  std::size_t byte;
  int shift;
};

}  // namespace

std::size_t Layout::num_lines() const noexcept {
  return (dim + kLineDims - 1) / kLineDims;
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
  take(high, layout.num_lines() * kLineBytes);
  take(low, layout.num_lines() * kLineBytes);
  residual = nullptr;
  if (layout.has_residual) take(residual, kBlockRows * layout.residual_bytes());
  cos_norm = {};
  sin_norm = {};
  for (std::size_t depth = 0; depth < num_depths(layout); ++depth) {
    take(cos_norm[depth], kBlockRows);
    take(sin_norm[depth], kBlockRows);
  }
  take(cohorts, kBlockRows);
  take(keys, kBlockRows);
  values = nullptr;
  if (layout.has_values) take(values, kBlockRows * layout.dim);
}

void Segment::put(std::size_t row, const Entry& entry) {
  const std::size_t begin = row / kBlockRows * layout.num_lines() * kLineBytes;
  for (std::size_t i = 0; i < layout.dim; ++i) {
    const Place place(row % kBlockRows, i);
    place.put(high + begin, entry.code.levels[i] >> 2);
    place.put(low + begin, entry.code.levels[i] & 3);
  }
  if (residual != nullptr) {
    std::uint8_t* codes = residual + row * layout.residual_bytes();
    std::fill_n(codes, layout.residual_bytes(), std::uint8_t{0});
    for (std::size_t i = 0; i < layout.dim; ++i) {
      codes[i / 2] = static_cast<std::uint8_t>(codes[i / 2] | entry.code.residual[i] << i % 2 * 4);
    }
  }
  for (std::size_t depth = 0; depth < num_depths(layout); ++depth) {
    cos_norm[depth][row] = entry.code.bounds[depth].cos_norm;
    sin_norm[depth][row] = entry.code.bounds[depth].sin_norm;
  }
  cohorts[row] = entry.cohorts;
  keys[row] = entry.key;
  if (values != nullptr)
    std::copy(entry.values.begin(), entry.values.end(), values + row * layout.dim);
}

void Segment::copy_row(std::size_t row, const Segment& from, std::size_t from_row) {
  const std::size_t plane_bytes = layout.num_lines() * kLineBytes;
  const std::size_t to_block = row / kBlockRows * plane_bytes;
  const std::size_t from_block = from_row / kBlockRows * plane_bytes;
  for (std::size_t i = 0; i < layout.dim; ++i) {
    const Place to(row % kBlockRows, i);
    const Place at(from_row % kBlockRows, i);
    to.put(high + to_block, at.get(from.high + from_block));
    to.put(low + to_block, at.get(from.low + from_block));
  }
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
  copy(high, from.high, layout.num_lines() * kLineBytes);
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
