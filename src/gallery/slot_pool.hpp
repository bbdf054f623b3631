#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace morgiana {

/// Which key slots are free, a bit each. What a change takes comes back with undo(), unless keep()
/// was called.
class SlotPool {
 public:
  bool empty() const noexcept { return num_free_ == 0; }

  /// `count` slots, a multiple of 64, come into being behind the last one, free.
  void grow(std::uint64_t count) {
    free_.resize(free_.size() + count / kWordSlots, ~std::uint64_t{0});
    num_free_ += count;
  }

  /// The lowest free slot; there must be one.
  std::uint64_t take() {
    while (free_[first_word_] == 0) ++first_word_;
    const auto bit = static_cast<std::uint64_t>(std::countr_zero(free_[first_word_]));
    const std::uint64_t slot = first_word_ * kWordSlots + bit;
    taken_.push_back(slot);
    set_free(slot, false);
    return slot;
  }

  /// False where the slot is not free: taken twice, or beyond the last.
  [[nodiscard]] bool take(std::uint64_t slot) {
    if (slot / kWordSlots >= free_.size() || !is_free(slot)) return false;
    set_free(slot, false);
    return true;
  }

  void give_back(std::span<const std::uint64_t> slots) noexcept {
    for (const std::uint64_t slot : slots) set_free(slot, true);
  }

  void keep() noexcept {
    taken_.clear();
    num_kept_words_ = free_.size();
  }

  void undo() noexcept {
    give_back(taken_);
    taken_.clear();
    while (free_.size() > num_kept_words_) {  // grown by the change: free again, all of them
      num_free_ -= kWordSlots;
      free_.pop_back();
    }
  }

 private:
  static constexpr std::uint64_t kWordSlots = 64;

  bool is_free(std::uint64_t slot) const noexcept {
    return (free_[slot / kWordSlots] >> slot % kWordSlots & 1) != 0;
  }

  void set_free(std::uint64_t slot, bool free) noexcept {
    free_[slot / kWordSlots] ^= std::uint64_t{1} << slot % kWordSlots;
    num_free_ += free ? std::uint64_t{1} : ~std::uint64_t{0};
    if (free && slot / kWordSlots < first_word_) first_word_ = slot / kWordSlots;
  }

  std::vector<std::uint64_t> free_;
  std::uint64_t num_free_ = 0;
  std::size_t first_word_ = 0;  // none below it has a free slot
  std::vector<std::uint64_t> taken_;
  std::size_t num_kept_words_ = 0;
};

}  // namespace morgiana
