#include "index/segment.hpp"

#include <algorithm>

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

void put_bits(std::uint8_t& byte, std::size_t at, unsigned width, int bits) {
  const unsigned all = (1U << width) - 1;
  byte = static_cast<std::uint8_t>((byte & ~(all << at)) | static_cast<unsigned>(bits) << at);
}

/// The four bits of one dimension of one reference in the planes (kernel_table.hpp).
class Level {
 public:
  Level(const Segment& segment, std::size_t row, std::size_t dim) {
    const std::size_t num_lines = segment.layout.num_lines();
    const std::size_t num_pairs = kernels::num_sign_lines(num_lines);
    const std::size_t num_seconds = kernels::num_second_lines(num_lines);
    const std::size_t block = row / kBlockRows;
    const std::size_t line = dim / kLineDims;
    const std::size_t byte = 4 * (row % kBlockRows) + dim % 4;
    slot_ = dim % kLineDims / 4 * 2;
    odd_ = line % 2;
    if (line / 2 < num_pairs) {
      sign_ = segment.signs + (block * num_pairs + line / 2) * kLineBytes + byte;
    }
    second_ = segment.seconds + (block * num_seconds + line / 2) * kLineBytes + byte;
    low_ = segment.low + (block * num_lines + line) * kLineBytes + byte;
  }

  void put(int level) const {
    if (sign_ == nullptr) {
      put_bits(*second_, slot_, 2, level >> 2);
    } else {
      put_bits(*sign_, slot_ + odd_, 1, level >> 3);
      put_bits(*second_, slot_ + odd_, 1, level >> 2 & 1);
    }
    put_bits(*low_, slot_, 2, level & 3);
  }

  int get() const {
    const int high = sign_ == nullptr
                         ? *second_ >> slot_ & 3
                         : (*sign_ >> (slot_ + odd_) & 1) << 1 | (*second_ >> (slot_ + odd_) & 1);
    return high << 2 | (*low_ >> slot_ & 3);
  }

 private:
  std::uint8_t* sign_ = nullptr;  // null where the high plane keeps the line whole
  std::uint8_t* second_;
  std::uint8_t* low_;
  std::size_t slot_;
  std::size_t odd_;
};

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
  for (std::size_t i = 0; i < layout.dim; ++i) Level(*this, row, i).put(entry.code.levels[i]);
  if (residual != nullptr) {
    std::uint8_t* codes = residual + row * layout.residual_bytes();
    std::fill_n(codes, layout.residual_bytes(), std::uint8_t{0});
    for (std::size_t i = 0; i < layout.dim; ++i) {
      codes[i / 2] = static_cast<std::uint8_t>(codes[i / 2] | entry.code.residual[i] << i % 2 * 4);
    }
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
  for (std::size_t i = 0; i < layout.dim; ++i) {
    Level(*this, row, i).put(Level(from, from_row, i).get());
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
