#include "index/draft.hpp"

#include <algorithm>
#include <cstring>

namespace morgiana::index {

using kernels::kBlockRows;
using kernels::kLineBytes;
using kernels::kLineDims;

namespace {

/// Writes one reference into its nibbles of a block (layout: kernel_table.hpp).
void place(std::uint8_t* block, std::size_t row, std::span<const std::uint8_t> codes) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t in_line = i % kLineDims;
    std::uint8_t& pair = block[i / kLineDims * kLineBytes + 4 * row + in_line % 4];
    const int shift = in_line < 4 ? 0 : 4;
    pair = static_cast<std::uint8_t>((pair & ~(15 << shift)) | codes[i] << shift);
  }
}

/// Copies one block with all that belongs to it.
void copy_block(const Run& from, std::size_t from_block, const Run& to, std::size_t to_block,
                std::size_t block_bytes) {
  const Segment& source = *from.segment;
  Segment& target = *to.segment;
  std::memcpy(target.codes.get() + to_block * block_bytes,
              source.codes.get() + from_block * block_bytes, block_bytes);
  const std::size_t first = from_block * kBlockRows;
  const std::size_t at = to_block * kBlockRows;
  std::copy_n(source.cos_norm.data() + first, kBlockRows, target.cos_norm.data() + at);
  std::copy_n(source.sin_norm.data() + first, kBlockRows, target.sin_norm.data() + at);
  std::copy_n(source.keys.data() + first, kBlockRows, target.keys.data() + at);
  (*to.alive)[to_block] = (*from.alive)[from_block];
}

Run make_run(std::size_t num_lines, std::size_t capacity_blocks) {
  return {std::make_shared<Segment>(num_lines, capacity_blocks),
          std::make_shared<AliveMasks>(capacity_blocks), 0};
}

}  // namespace

Draft::Draft(const CodeView& base, std::size_t segment_blocks)
    : view_(std::make_shared<CodeView>(base)), segment_blocks_(segment_blocks) {}

Run& Draft::own_tail() {
  const std::size_t block_bytes = view_->num_lines_ * kLineBytes;
  Run& tail = view_->tail_;
  if (owns_tail_) return tail;
  Run fresh = make_run(view_->num_lines_, 1);
  if (view_->tail_rows_ == 0) {
    std::memset(fresh.segment->codes.get(), 0, block_bytes);
  } else {
    copy_block(tail, 0, fresh, 0, block_bytes);
  }
  fresh.num_blocks = 1;
  tail = std::move(fresh);
  owns_tail_ = true;
  return tail;
}

void Draft::append(std::uint64_t key, std::span<const std::uint8_t> codes, CodeBound bound) {
  const Run& tail = own_tail();
  const std::size_t row = view_->tail_rows_;
  place(tail.segment->codes.get(), row, codes);
  tail.segment->cos_norm[row] = bound.cos_norm;
  tail.segment->sin_norm[row] = bound.sin_norm;
  tail.segment->keys[row] = key;
  (*tail.alive)[0] = static_cast<std::uint16_t>((*tail.alive)[0] | 1U << row);
  ++view_->num_references_;
  if (++view_->tail_rows_ == kBlockRows) store_full_tail();
}

void Draft::store_full_tail() {
  std::vector<Run>& runs = view_->runs_;
  if (runs.empty() || runs.back().num_blocks == runs.back().segment->capacity_blocks) {
    runs.push_back(make_run(view_->num_lines_, segment_blocks_));
  }
  Run& last = runs.back();
  copy_block(view_->tail_, 0, last, last.num_blocks, view_->num_lines_ * kLineBytes);
  ++last.num_blocks;
  view_->tail_ = Run{};
  view_->tail_rows_ = 0;
  owns_tail_ = false;
}

void Draft::erase(std::uint64_t first_key, std::uint64_t last_key) {
  const auto erase_from = [&](Run& run, std::size_t num_rows) {
    if (num_rows == 0) return;
    const auto begin = run.segment->keys.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(num_rows);
    const auto first = std::lower_bound(begin, end, first_key);
    const auto last = std::upper_bound(first, end, last_key);
    if (first == last) return;
    run.alive = std::make_shared<AliveMasks>(*run.alive);
    for (auto row = static_cast<std::size_t>(first - begin);
         row < static_cast<std::size_t>(last - begin); ++row) {
      std::uint16_t& mask = (*run.alive)[row / kBlockRows];
      const auto left = static_cast<std::uint16_t>(mask & ~(1U << row % kBlockRows));
      view_->num_references_ -= static_cast<std::uint64_t>(mask != left);
      mask = left;
    }
  };
  for (Run& run : view_->runs_) erase_from(run, run.num_blocks * kBlockRows);
  erase_from(view_->tail_, view_->tail_rows_);
}

}  // namespace morgiana::index
