#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "index/code.hpp"
#include "index/code_view.hpp"

namespace morgiana::index {

/// A changed copy of a view. It shares every full block with it: new references go to a copy of
/// the block that is being filled, and a full one to memory that no view shows yet.
class Draft {
 public:
  Draft(const CodeView& base, std::size_t segment_blocks);

  /// Shape: codes [dim], each 0…15. Keys ascend over the life of an index.
  void append(std::uint64_t key, std::span<const std::uint8_t> codes, CodeBound bound);

  /// Takes out the references with keys in [first, last].
  void erase(std::uint64_t first_key, std::uint64_t last_key);

  std::shared_ptr<const CodeView> finish() && noexcept { return std::move(view_); }

 private:
  Run& own_tail();
  void store_full_tail();

  std::shared_ptr<CodeView> view_;
  std::size_t segment_blocks_;
  bool owns_tail_ = false;
};

}  // namespace morgiana::index
