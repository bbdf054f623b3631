#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "parallel/deadline.hpp"
#include "store/database.hpp"

namespace morgiana {

struct Change;
struct Parts;

/// Changes that come from several threads at once are committed together: one waits for the disk
/// where each would.
class CommitQueue {
 public:
  /// How a change may be committed.
  struct Terms {
    store::Sync sync;
    bool sees_all_before = false;  // as committed, nothing of it in the making
    /// How long it may wait for its turn.
    std::optional<parallel::Deadline::Clock::time_point> deadline = {};

    /// Whether nothing else is committed with it; what is late would be the lateness of others.
    bool is_alone() const { return sees_all_before || deadline.has_value(); }
  };

  /// Runs `apply` on a change in the making, and returns when that is committed and published; with
  /// others that sync at their commit it may be on disk sooner than asked.
  /// Where one of a group fails, each of them is tried alone, so that none fails for another.
  /// Errors: what `apply` or the commit threw; deadline_exceeded; nothing of it was committed then.
  /// What moving the anchor threw: all of it is committed.
  void run(Parts& parts, const Terms& terms, const std::function<void(Change&)>& apply);

 private:
  struct Request {
    const Terms& terms;
    const std::function<void(Change&)>& apply;
    std::exception_ptr error = nullptr;
    bool is_done = false;
  };

  using Lock = std::unique_lock<std::mutex>;

  void wait_for_turn(Lock& lock, Request& request);
  std::vector<Request*> take_group();
  static void commit(Parts& parts, std::span<Request* const> group);
  static bool empties_log(Parts& parts);
  static void commit_alone(Parts& parts, Request* one);
  static void commit_each(Parts& parts, std::span<Request* const> group) noexcept;
  static void anchor_each(Parts& parts, std::span<Request* const> group) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_leader_ = false;
  std::vector<Request*> waiting_;
};

}  // namespace morgiana
