#include "gallery/commit_queue.hpp"

#include <algorithm>
#include <utility>

#include "gallery/change.hpp"

namespace morgiana {

void CommitQueue::run(Parts& parts, const Terms& terms, const std::function<void(Change&)>& apply) {
  parts.write_turn.refuse_own();
  Request request{terms, apply};
  Lock lock(mutex_);
  waiting_.push_back(&request);
  wait_for_turn(lock, request);
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

/// Until it may lead, or another has committed it.
void CommitQueue::wait_for_turn(Lock& lock, Request& request) {
  const auto has_turn = [&] { return request.is_done || !has_leader_; };
  const auto& deadline = request.terms.deadline;
  if (deadline && !changed_.wait_until(lock, *deadline, has_turn) &&
      std::erase(waiting_, &request) != 0) {
    throw Error(Errc::deadline_exceeded,
                "the deadline passed while other changes of the gallery were being made");
  }
  changed_.wait(lock, has_turn);  // who was taken along is told at the end
}

void CommitQueue::commit(Parts& parts, std::span<Request* const> group) {
  const bool may_wait = std::ranges::all_of(
      group, [](const Request* one) { return one->terms.sync == store::Sync::later; });
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
      std::ranges::all_of(group, [](const Request* one) { return !one->terms.is_alone; });
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
