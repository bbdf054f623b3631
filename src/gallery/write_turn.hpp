#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "morgiana/error.hpp"

namespace morgiana {

/// The turn of the one writer of a gallery, a mutex that says so where its owner asks again: what a
/// caller is told of its progress by may call the gallery.
class WriteTurn {
 public:
  /// Errors: invalid_argument where this thread has the turn.
  void lock() {
    refuse_own();
    mutex_.lock();
    owner_ = std::this_thread::get_id();
  }

  void unlock() noexcept {
    owner_ = std::thread::id();
    mutex_.unlock();
  }

  /// Errors: invalid_argument where this thread has the turn.
  void refuse_own() const {
    if (owner_ != std::this_thread::get_id()) return;
    throw Error(Errc::invalid_argument,
                "the gallery is being changed by the call that reports its progress here, or moves "
                "its anchor; searches may be made from there, nothing else");
  }

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_;
};

}  // namespace morgiana
