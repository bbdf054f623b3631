#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "gallery/anchor_newest.hpp"
#include "gallery/parts.hpp"
#include "morgiana/error.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// A gallery that is open until close(), which waits for running verbs and takes the parts away.
/// In a process that forked off it is closed, and left alone: the database, its locks and the
/// threads belong to the process that opened it.
class Gallery::Impl {
 public:
  explicit Impl(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (is_forked()) {
      static_cast<void>(parts_.release());
      return;
    }
    try {
      close();
    } catch (const std::exception&) {
      // What close() would have said; who wants to hear it calls it.
    }
  }

  /// Runs a verb on the parts. Errors: closed.
  template <class Verb>
  auto with_parts(Verb verb) const {
    if (is_forked()) {
      throw Error(Errc::closed,
                  "this process was forked while the gallery was open, and has no use of it; start "
                  "it anew (spawn or exec), or fork before any gallery is opened");
    }
    if (closing_) throw closed();
    const std::shared_lock running(close_mutex_);
    if (parts_ == nullptr) throw closed();
    return verb(*parts_);
  }

  /// Refuses new verbs first: a mutex that readers keep taking need never be free for a writer.
  /// Closed it is in any case. Errors: storage_failed where what was batched may be lost.
  void close() {
    if (is_forked()) return;
    closing_ = true;
    const std::unique_lock alone(close_mutex_);
    const std::unique_ptr<Parts> parts = std::move(parts_);
    if (parts == nullptr || parts->enrolment_sync != store::Sync::later) return;
    parts->database.flush();
    anchor_newest(*parts);
  }

 private:
  bool is_forked() const noexcept { return ::getpid() != owner_; }
  static Error closed() { return {Errc::closed, "the gallery was closed"}; }

  const pid_t owner_ = ::getpid();
  std::atomic<bool> closing_{false};
  mutable std::shared_mutex close_mutex_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace morgiana
