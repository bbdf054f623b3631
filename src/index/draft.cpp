#include "index/draft.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>

#include "types/reference_key.hpp"

namespace morgiana::index {

using kernels::kBlockRows;

namespace {

/// Behind every key, so that unused rows keep the order.
constexpr std::uint64_t kNoKey = std::numeric_limits<std::uint64_t>::max();

Run make_run(const Layout& layout, std::size_t capacity_blocks) {
  return {std::make_shared<Segment>(layout, capacity_blocks),
          std::make_shared<Masks>(capacity_blocks), 0};
}

void start_block(Run& run, std::size_t block) {
  std::fill_n(run.segment->keys + block * kBlockRows, kBlockRows, kNoKey);
  (*run.alive)[block] = 0;
  run.num_blocks = block + 1;
}

void show_row(Run& run, std::size_t row) {
  std::uint16_t& mask = (*run.alive)[row / kBlockRows];
  mask = static_cast<std::uint16_t>(mask | 1U << row % kBlockRows);
}

std::size_t num_alive(const Run& run) {
  std::size_t sum = 0;
  for (std::size_t block = 0; block < run.num_blocks; ++block) {
    sum += static_cast<std::size_t>(std::popcount((*run.alive)[block]));
  }
  return sum;
}

bool is_sparse(const Run& run) {
  const std::size_t num_rows = run.num_blocks * kBlockRows;
  return num_rows - num_alive(run) >= (num_rows + 7) / 8;
}

/// A segment of its own with all that is alive in `run`.
Run compacted(const Run& run) {
  const std::size_t num_blocks = (num_alive(run) + kBlockRows - 1) / kBlockRows;
  if (num_blocks == 0) return {};
  Run fresh = make_run(run.segment->layout, num_blocks);
  std::size_t to = 0;
  for (std::size_t row = 0; row < run.num_blocks * kBlockRows; ++row) {
    if (((*run.alive)[row / kBlockRows] >> row % kBlockRows & 1) == 0) continue;
    if (to % kBlockRows == 0) start_block(fresh, to / kBlockRows);
    fresh.segment->copy_row(to, *run.segment, row);
    show_row(fresh, to);
    ++to;
  }
  return fresh;
}

}  // namespace

Draft::Draft(const CodeView& base, std::size_t max_segment_blocks)
    : view_(std::make_shared<CodeView>(base)), max_segment_blocks_(max_segment_blocks) {}

/// The last run, one block that no view shows.
Run& Draft::own_tail() {
  std::vector<Run>& runs = view_->runs_;
  if (view_->tail_rows_ != 0 && owns_tail_) return runs.back();
  Run fresh = spare_.segment != nullptr ? std::move(spare_) : make_run(view_->layout_, 1);
  spare_ = Run{};
  start_block(fresh, 0);
  if (view_->tail_rows_ == 0) {
    runs.push_back(std::move(fresh));
  } else {
    fresh.segment->copy_block(0, *runs.back().segment, 0);
    (*fresh.alive)[0] = (*runs.back().alive)[0];
    runs.back() = std::move(fresh);
  }
  owns_tail_ = true;
  return runs.back();
}

void Draft::append(const Entry& entry) {
  Run& tail = own_tail();
  const std::size_t row = view_->tail_rows_;
  tail.segment->put(row, entry);
  show_row(tail, row);
  view_->extent_.num_references += 1;
  view_->extent_.num_subjects += is_first_reference(entry.key) ? 1U : 0U;
  if (++view_->tail_rows_ == kBlockRows) store_full_tail();
}

/// The last run with room behind it. Segments grow with the index, so that a small one is small.
Run& Draft::last_with_room() {
  std::vector<Run>& runs = view_->runs_;
  if (runs.empty() || runs.back().num_blocks == runs.back().segment->capacity_blocks) {
    constexpr std::size_t kLeastBlocks = 16;
    runs.push_back(make_run(view_->layout_, std::min(max_segment_blocks_,
                                                     std::max(kLeastBlocks, view_->num_blocks()))));
  }
  return runs.back();
}

void Draft::store_full_tail() {
  spare_ = std::move(view_->runs_.back());
  view_->runs_.pop_back();
  view_->tail_rows_ = 0;
  Run& last = last_with_room();
  last.segment->copy_block(last.num_blocks, *spare_.segment, 0);
  (*last.alive)[last.num_blocks] = (*spare_.alive)[0];
  ++last.num_blocks;
}

void Draft::join(Draft part) {
  std::vector<Run>& from = part.view_->runs_;
  if (from.empty()) return;
  view_->runs_.insert(view_->runs_.end(), std::make_move_iterator(from.begin()),
                      std::make_move_iterator(from.end()));
  view_->extent_ += part.view_->extent_;
  view_->tail_rows_ = part.view_->tail_rows_;
  owns_tail_ = part.owns_tail_;
}

void Draft::erase(std::uint64_t first_key, std::uint64_t last_key) {
  for (Run& run : view_->runs_) {
    const std::span keys(run.segment->keys, run.num_blocks * kBlockRows);
    const auto first = std::lower_bound(keys.begin(), keys.end(), first_key);
    const auto last = std::upper_bound(first, keys.end(), last_key);
    if (first == last) continue;
    run.alive = std::make_shared<Masks>(*run.alive);
    for (auto row = static_cast<std::size_t>(first - keys.begin());
         row < static_cast<std::size_t>(last - keys.begin()); ++row) {
      std::uint16_t& mask = (*run.alive)[row / kBlockRows];
      if ((mask >> row % kBlockRows & 1) == 0) continue;
      mask = static_cast<std::uint16_t>(mask & ~(1U << row % kBlockRows));
      view_->extent_.num_references -= 1;
      view_->extent_.num_subjects -= is_first_reference(keys[row]) ? 1U : 0U;
    }
  }
}

void Draft::compact() {
  std::vector<Run>& runs = view_->runs_;
  const std::size_t num_full = runs.size() - (view_->tail_rows_ != 0 ? 1 : 0);
  for (std::size_t i = 0; i < num_full; ++i) {
    if (is_sparse(runs[i])) runs[i] = compacted(runs[i]);
  }
  std::erase_if(runs, [](const Run& run) { return run.num_blocks == 0; });
}

}  // namespace morgiana::index
