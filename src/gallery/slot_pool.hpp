#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace morgiana {

/// Which key slots are free. What a change takes comes back with undo(), unless keep() was called.
class SlotPool {
 public:
  std::uint64_t num_slots() const noexcept { return num_slots_; }
  bool empty() const noexcept { return free_.empty(); }

  /// `count` slots come into being behind the last one, free.
  void grow(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) free_.insert(num_slots_++);
  }

  /// The lowest free slot; there must be one.
  std::uint64_t take() {
    auto& node = taken_.emplace_back();
    node = free_.extract(free_.begin());
    return node.value();
  }

  /// False where the slot is not free: taken twice, or beyond the last.
  [[nodiscard]] bool take(std::uint64_t slot) { return free_.erase(slot) == 1; }

  /// Allocates nothing.
  void give_back(std::set<std::uint64_t> slots) noexcept { free_.merge(slots); }

  void keep() noexcept {
    taken_.clear();
    num_kept_slots_ = num_slots_;
  }

  /// Allocates nothing: what was taken kept its node.
  void undo() noexcept {
    for (auto& node : taken_) {
      if (!node.empty()) free_.insert(std::move(node));
    }
    taken_.clear();
    free_.erase(free_.lower_bound(num_kept_slots_), free_.end());
    num_slots_ = num_kept_slots_;
  }

 private:
  std::set<std::uint64_t> free_;
  std::vector<std::set<std::uint64_t>::node_type> taken_;
  std::uint64_t num_slots_ = 0;
  std::uint64_t num_kept_slots_ = 0;
};

}  // namespace morgiana
