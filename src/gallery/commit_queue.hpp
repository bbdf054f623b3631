#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "store/database.hpp"

namespace morgiana {

struct Change;
struct Parts;

/// Changes that come from several threads at once are committed together: one waits for the disk
/// where each would.
class CommitQueue {
 public:
  /// Whether others may be committed with it: not where it must see all that came before.
  enum class Company { any, none };

  /// Runs `apply` on a change in the making, and returns when that is committed and published; with
  /// others that sync at their commit it may be on disk sooner than asked.
  /// Where one of a group fails, each of them is tried alone, so that none fails for another.
  /// Errors: what `apply` or the commit threw; nothing of it was committed then.
  void run(Parts& parts, store::Sync sync, const std::function<void(Change&)>& apply,
           Company company = Company::any);

 private:
  struct Request {
    store::Sync sync;
    const std::function<void(Change&)>& apply;
    Company company;
    std::exception_ptr error = nullptr;
    bool is_done = false;
  };

  static void commit(Parts& parts, std::span<Request* const> group);
  static void commit_alone(Parts& parts, Request* one);
  static void commit_each(Parts& parts, std::span<Request* const> group) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_leader_ = false;
  std::vector<Request*> waiting_;
};

}  // namespace morgiana
