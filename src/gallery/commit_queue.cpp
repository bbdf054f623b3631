#include "gallery/commit_queue.hpp"

#include <algorithm>
#include <utility>

#include "gallery/change.hpp"

namespace morgiana {

void CommitQueue::run(Parts& parts, store::Sync sync, const std::function<void(Change&)>& apply,
                      Company company) {
  parts.write_turn.refuse_own();
  Request request{sync, apply, company};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&request);
  changed_.wait(lock, [&] { return request.is_done || !has_leader_; });
  if (!request.is_done) {  // leads: commits all that wait by now, its own among them
    has_leader_ = true;
    const std::vector<Request*> group = std::exchange(waiting_, {});
    lock.unlock();
    commit_each(parts, group);
    lock.lock();
    for (Request* one : group) one->is_done = true;
    has_leader_ = false;
    changed_.notify_all();
  }
  lock.unlock();
  if (request.error) std::rethrow_exception(request.error);
}

void CommitQueue::commit(Parts& parts, std::span<Request* const> group) {
  const bool may_wait = std::ranges::all_of(
      group, [](const Request* one) { return one->sync == store::Sync::later; });
  Change change(parts, may_wait ? store::Sync::later : store::Sync::at_commit);
  for (Request* one : group) one->apply(change);
  change.commit();
}

/// A full disk may be full of what the log still holds: nobody must stay enrolled for that.
void CommitQueue::commit_alone(Parts& parts, Request* one) {
  try {
    commit(parts, std::span(&one, 1));
  } catch (const Error& error) {
    if (error.code() != Errc::storage_full) throw;
    {
      const std::lock_guard turn(parts.write_turn);
      parts.database.truncate_log();
    }
    commit(parts, std::span(&one, 1));
  }
}

void CommitQueue::commit_each(Parts& parts, std::span<Request* const> group) noexcept {
  const bool may_share =
      std::ranges::all_of(group, [](const Request* one) { return one->company == Company::any; });
  if (group.size() > 1 && may_share) {
    try {
      return commit(parts, group);
    } catch (...) {
      // All of it was rolled back; each says by itself what is wrong with it.
    }
  }
  for (Request* const& one : group) {
    try {
      commit_alone(parts, one);
    } catch (...) {
      one->error = std::current_exception();
    }
  }
}

}  // namespace morgiana
