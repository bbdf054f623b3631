#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gallery/parts.hpp"
#include "morgiana/error.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// A gallery that is open until close(), which waits for running verbs and takes the parts away.
class Gallery::Impl {
 public:
  explicit Impl(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

  /// Runs a verb on the parts. Errors: closed.
  template <class Verb>
  auto with_parts(Verb verb) const {
    if (closing_) throw closed();
    const std::shared_lock running(close_mutex_);
    if (parts_ == nullptr) throw closed();
    return verb(*parts_);
  }

  /// Refuses new verbs first: a mutex that readers keep taking need never be free for a writer.
  void close() {
    closing_ = true;
    const std::unique_lock alone(close_mutex_);
    parts_.reset();
  }

 private:
  static Error closed() { return {Errc::closed, "the gallery was closed"}; }

  std::atomic<bool> closing_{false};
  mutable std::shared_mutex close_mutex_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace morgiana
