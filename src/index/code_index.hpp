#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "index/code_view.hpp"
#include "index/draft.hpp"

namespace morgiana::index {

/// The codes of a gallery: readers take immutable views, one writer at a time publishes drafts.
class CodeIndex {
 public:
  static constexpr std::size_t kMaxSegmentBlocks = 4096;

  explicit CodeIndex(const Layout& layout, std::size_t max_segment_blocks = kMaxSegmentBlocks)
      : CodeIndex(layout, nullptr, max_segment_blocks) {}
  /// Of codes under a rotation, which their views hold.
  CodeIndex(const Layout& layout, std::shared_ptr<const Rotation> rotation,
            std::size_t max_segment_blocks = kMaxSegmentBlocks)
      : max_segment_blocks_(max_segment_blocks),
        published_(std::make_shared<const CodeView>(layout, std::move(rotation))) {}

  /// The newest view. Threads: from many at once; holds a lock for a pointer copy, no longer.
  std::shared_ptr<const CodeView> view() const {
    const std::lock_guard lock(mutex_);
    return published_;
  }

  /// The next view in the making; dropping it changes nothing. One at a time.
  Draft draft() const { return Draft(*view(), max_segment_blocks_); }

  /// What later searches see; of the same layout, maybe under another rotation.
  void publish(Draft draft) noexcept {
    std::shared_ptr<const CodeView> next = std::move(draft).finish();
    const std::lock_guard lock(mutex_);
    published_.swap(next);
  }

 private:
  std::size_t max_segment_blocks_;
  mutable std::mutex mutex_;
  std::shared_ptr<const CodeView> published_;
};

}  // namespace morgiana::index
