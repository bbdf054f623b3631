#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/scan.hpp"

namespace morgiana::index {

/// Neighbouring blocks of a run, which a scan takes through its steps at once. Masks have a bit for
/// each reference of a block.
class Chunk {
 public:
  Chunk(const Run& run, std::size_t first, std::size_t num_blocks)
      : run_(run), first_(first), num_blocks_(num_blocks) {}

  std::size_t num_blocks() const noexcept { return num_blocks_; }
  kernels::Codes codes() const;

  /// Sets the masks to what is alive and of one of the cohorts.
  void select(const ScanOptions& options, std::span<std::uint16_t> masks) const;

  Extent extent(std::span<const std::uint16_t> masks) const;

  void collect(std::span<const std::uint16_t> masks, std::vector<Survivor>& survivors) const;

 private:
  template <class Visit>
  void for_each_row(std::span<const std::uint16_t> masks, Visit visit) const;

  const Run& run_;
  std::size_t first_;
  std::size_t num_blocks_;
};

std::uint64_t count_rows(std::span<const std::uint16_t> masks);

}  // namespace morgiana::index
