#include "index/code_view.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

namespace morgiana::index {

using kernels::kBlockRows;
using kernels::kLineBytes;

Segment::Segment(std::size_t num_lines, std::size_t capacity)
    : capacity_blocks(capacity),
      cos_norm(capacity * kBlockRows),
      sin_norm(capacity * kBlockRows),
      keys(capacity * kBlockRows) {
  const std::size_t num_bytes = capacity * num_lines * kLineBytes;
  codes.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kLineBytes, num_bytes)));
  if (codes == nullptr) throw std::bad_alloc();
}

void Segment::Free::operator()(std::uint8_t* memory) const noexcept {
  std::free(memory);
}

void CodeView::scan(const kernels::KernelTable& kernels, const Query& query,
                    std::vector<std::uint64_t>& survivors) const {
  for (const Run& run : runs_) scan_run(kernels, query, run, survivors);
  scan_run(kernels, query, tail_, survivors);
}

void CodeView::scan_run(const kernels::KernelTable& kernels, const Query& query, const Run& run,
                        std::vector<std::uint64_t>& survivors) const {
  constexpr std::size_t kBlocksPerCall = 64;  // survivors of a call fit in 4 KiB of stack
  std::array<std::uint32_t, kBlocksPerCall * kBlockRows> rows;
  for (std::size_t first = 0; first < run.num_blocks; first += kBlocksPerCall) {
    const std::size_t first_row = first * kBlockRows;
    const kernels::ScanArgs args = {
        .codes = run.segment->codes.get() + first * num_lines_ * kLineBytes,
        .cos_norm = run.segment->cos_norm.data() + first_row,
        .sin_norm = run.segment->sin_norm.data() + first_row,
        .alive = run.alive->data() + first,
        .num_blocks = std::min(kBlocksPerCall, run.num_blocks - first),
        .num_lines = num_lines_,
        .query = query.levels.data(),
        .offset = query.offset,
        .cos_bound = query.cos_bound,
        .sin_bound = query.sin_bound};
    const std::size_t found = kernels.scan4(args, rows.data());
    for (std::size_t i = 0; i < found; ++i) {
      survivors.push_back(run.segment->keys[first_row + rows[i]]);
    }
  }
}

std::uint64_t CodeView::bytes() const noexcept {
  const std::uint64_t block_bytes = num_lines_ * kLineBytes + sizeof(std::uint16_t) +
                                    kBlockRows * (2 * sizeof(float) + sizeof(std::uint64_t));
  std::uint64_t num_blocks = tail_.num_blocks;
  for (const Run& run : runs_) num_blocks += run.num_blocks;
  return num_blocks * block_bytes;
}

}  // namespace morgiana::index
