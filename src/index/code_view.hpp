#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "index/query.hpp"
#include "kernels/kernel_table.hpp"

namespace morgiana::index {

/// Codes of up to `capacity_blocks` blocks of 16 references. Blocks that a view shows never
/// change; the one writer fills those behind them.
struct Segment {
  Segment(std::size_t num_lines, std::size_t capacity_blocks);

  struct Free {
    void operator()(std::uint8_t* memory) const noexcept;
  };
  std::size_t capacity_blocks;
  std::unique_ptr<std::uint8_t[], Free> codes;  // [capacity_blocks][num_lines][64]
  std::vector<float> cos_norm;                  // [capacity_blocks][16]
  std::vector<float> sin_norm;
  std::vector<std::uint64_t> keys;  // ascending
};

using AliveMasks = std::vector<std::uint16_t>;  // [capacity_blocks]

/// The visible part of one segment.
struct Run {
  std::shared_ptr<Segment> segment;
  std::shared_ptr<AliveMasks> alive;
  std::size_t num_blocks = 0;
};

/// What one search sees: immutable, shared, gone with its last reader.
class CodeView {
 public:
  explicit CodeView(std::uint32_t dim)
      : num_lines_((dim + kernels::kLineDims - 1) / kernels::kLineDims) {}

  /// Appends the keys of all references that may reach the query's threshold, ascending.
  /// Cost: one pass over the codes. Threads: const, from many at once.
  void scan(const kernels::KernelTable& kernels, const Query& query,
            std::vector<std::uint64_t>& survivors) const;

  std::uint64_t num_references() const noexcept { return num_references_; }
  std::uint64_t bytes() const noexcept;

 private:
  friend class Draft;
  void scan_run(const kernels::KernelTable& kernels, const Query& query, const Run& run,
                std::vector<std::uint64_t>& survivors) const;

  std::size_t num_lines_;
  std::uint64_t num_references_ = 0;
  std::vector<Run> runs_;      // full blocks
  Run tail_;                   // the one block that is being filled
  std::size_t tail_rows_ = 0;  // 0: there is none
};

}  // namespace morgiana::index
