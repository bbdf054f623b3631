#include "index/code_view.hpp"

#include <algorithm>
#include <limits>

#include "types/reference_key.hpp"

namespace morgiana::index {

using kernels::kBlockRows;

std::size_t CodeView::num_blocks() const noexcept {
  std::size_t sum = 0;
  for (const Run& run : runs_) sum += run.num_blocks;
  return sum;
}

namespace {

/// What is alive with keys in [first, last] and has one of the cohorts, ascending: visit(key).
template <class Visit>
void for_each_key(std::span<const Run> runs, std::uint64_t first_key, std::uint64_t last_key,
                  std::uint64_t cohorts, Visit visit) {
  for (const Run& run : runs) {
    const std::span keys(run.segment->keys, run.num_blocks * kBlockRows);
    for (auto row = static_cast<std::size_t>(std::lower_bound(keys.begin(), keys.end(), first_key) -
                                             keys.begin());
         row < keys.size() && keys[row] <= last_key; ++row) {
      const bool is_alive = ((*run.alive)[row / kBlockRows] >> row % kBlockRows & 1) != 0;
      if (is_alive && (run.segment->cohorts[row] & cohorts) != 0) visit(keys[row]);
    }
  }
}

}  // namespace

Extent CodeView::extent(std::uint64_t first_key, std::uint64_t last_key,
                        std::uint64_t cohorts) const {
  Extent found;
  for_each_key(runs_, first_key, last_key, cohorts, [&](std::uint64_t key) {
    found.num_references += 1;
    found.num_subjects += is_first_reference(key) ? 1U : 0U;
  });
  return found;
}

std::vector<std::uint64_t> CodeView::keys(std::uint64_t cohorts) const {
  std::vector<std::uint64_t> found;
  for_each_key(runs_, 0, std::numeric_limits<std::uint64_t>::max(), cohorts,
               [&](std::uint64_t key) { found.push_back(key); });
  return found;
}

std::uint64_t CodeView::bytes() const noexcept {
  return num_blocks() * (layout_.block_bytes() + sizeof(std::uint16_t));
}

}  // namespace morgiana::index
