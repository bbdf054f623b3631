#include "index/chunk.hpp"

#include <algorithm>

#include "index/kernel_args.hpp"
#include "types/reference_key.hpp"

namespace morgiana::index {

using kernels::kBlockRows;

template <class Visit>
void Chunk::for_each_row(std::span<const std::uint16_t> masks, Visit visit) const {
  for (std::size_t i = 0; i < num_blocks_; ++i) {
    for (unsigned left = masks[i]; left != 0; left &= left - 1) {
      visit((first_ + i) * kBlockRows + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
}

kernels::Codes Chunk::codes() const {
  return codes_of(*run_.segment, first_, num_blocks_);
}

void Chunk::select(const ScanOptions& options, std::span<std::uint16_t> masks) const {
  std::copy_n(run_.alive->begin() + static_cast<std::ptrdiff_t>(first_), num_blocks_,
              masks.begin());
  if (options.has_all_cohorts()) return;
  options.kernels.select_cohorts(run_.segment->cohorts + first_ * kBlockRows, num_blocks_,
                                 options.cohorts, masks.data());
}

Extent Chunk::extent(std::span<const std::uint16_t> masks) const {
  Extent extent;
  for_each_row(masks, [&](std::size_t row) {
    extent.num_references += 1;
    extent.num_subjects += is_first_reference(run_.segment->keys[row]) ? 1U : 0U;
  });
  return extent;
}

void Chunk::collect(std::span<const std::uint16_t> masks, std::vector<Survivor>& survivors) const {
  const Segment& segment = *run_.segment;
  for_each_row(masks, [&](std::size_t row) {
    const float* values =
        segment.values == nullptr ? nullptr : segment.values + row * segment.layout.dim;
    survivors.push_back({segment.keys[row], values});
  });
}

std::uint64_t count_rows(std::span<const std::uint16_t> masks) {
  std::uint64_t sum = 0;
  for (const std::uint16_t mask : masks) {
    if (mask != 0) sum += static_cast<std::uint64_t>(std::popcount(mask));  // nearly all are 0
  }
  return sum;
}

}  // namespace morgiana::index
