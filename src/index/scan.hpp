#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "index/code_view.hpp"
#include "index/query.hpp"
#include "kernels/kernel_table.hpp"
#include "parallel/deadline.hpp"

namespace morgiana::index {

/// A reference that may reach the threshold.
struct Survivor {
  std::uint64_t key;
  const float* values;  // [dim], as long as the view lives; null where it keeps none
};

/// What a scan found, and how it went.
struct Scanned {
  std::vector<Survivor> survivors;  // in ascending order of keys
  Extent compared;                  // alive and of one of the cohorts; counted unless these are all
  /// References left after each step, kernels::Depth; of the signs and the high plane where a scan
  /// started there.
  std::array<std::uint64_t, kernels::kNumDepths> num_left{};
};

/// Blocks [first, last) of a view, counted over all its runs.
struct BlockRange {
  std::size_t first;
  std::size_t last;
};

struct ScanOptions {
  const kernels::KernelTable& kernels;
  std::uint64_t cohorts;  // references with none of them are not compared
  const parallel::Deadline& deadline;

  bool has_all_cohorts() const noexcept { return cohorts == ~std::uint64_t{0}; }
};

/// Visits the blocks of each run that the range takes in: visit(run, first, last).
template <class Visit>
void for_each_run(const CodeView& view, BlockRange range, Visit visit) {
  std::size_t begin = 0;  // of the run, in blocks of the view
  for (const Run& run : view.runs()) {
    const std::size_t end = begin + run.num_blocks;
    const std::size_t first = std::max(range.first, begin);
    const std::size_t last = std::min(range.last, end);
    if (first < last) visit(run, first - begin, last - begin);
    begin = end;
  }
}

/// Every reference of the range that may reach the query's threshold: all that do in proven mode.
/// Cost:   one pass over the codes, no lock. Threads: from many at once.
/// Errors: deadline_exceeded.
Scanned scan(const CodeView& view, const Query& query, BlockRange range,
             const ScanOptions& options);

}  // namespace morgiana::index
