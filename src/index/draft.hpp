#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "index/code_view.hpp"

namespace morgiana::index {

/// A changed copy of a view. It shares every full block with it: new references go to a copy of
/// the block that is being filled, and a full one to memory that no view shows yet.
class Draft {
 public:
  Draft(const CodeView& base, std::size_t max_segment_blocks);

  const Rotation& rotation() const noexcept { return view_->rotation(); }
  const Extent& extent() const noexcept { return view_->extent(); }

  /// Keys ascend over the life of an index (types/reference_key.hpp).
  void append(const Entry& entry);

  /// Appends all of another draft of the same layout, made from an empty view, whose keys are above
  /// those here. The block that this one was filling stays as it is.
  void join(Draft part);

  /// Takes out the references with keys in [first, last]: their masks; compact() their codes.
  void erase(std::uint64_t first_key, std::uint64_t last_key);

  /// Copies what is alive in segments where an eighth or more is not, and lets go of the rest.
  void compact();

  std::shared_ptr<const CodeView> finish() && noexcept { return std::move(view_); }

 private:
  Run& own_tail();
  void store_full_tail();
  Run& last_with_room();

  std::shared_ptr<CodeView> view_;
  std::size_t max_segment_blocks_;
  Run spare_;  // a block to fill, kept when its content moved on
  bool owns_tail_ = false;
};

}  // namespace morgiana::index
