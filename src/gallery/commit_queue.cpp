#include "gallery/commit_queue.hpp"

#include <algorithm>
#include <new>

#include "gallery/anchor_newest.hpp"
#include "gallery/change.hpp"

namespace morgiana {

void CommitQueue::run(Parts& parts, const Terms& terms, const std::function<void(Change&)>& apply) {
  parts.write_turn.refuse_own();
  if (const Anchored* anchored = parts.anchored.get()) anchored->refuse_own();
  Request request{terms, apply};
  Lock lock(mutex_);
  waiting_.push_back(&request);
  wait_for_turn(lock, request);
  if (!request.is_done) {
    const std::vector<Request*> group = take_group();
    has_leader_ = true;
    lock.unlock();
    commit_each(parts, group);
    anchor_each(parts, group);
    lock.lock();
    for (Request* one : group) one->is_done = true;
    has_leader_ = false;
    changed_.notify_all();
  }
  lock.unlock();
  if (request.error) std::rethrow_exception(request.error);
}

/// Until it may lead, as the one that has waited longest, or another has committed it.
void CommitQueue::wait_for_turn(Lock& lock, Request& request) {
  const auto has_turn = [&] {
    return request.is_done || (!has_leader_ && waiting_.front() == &request);
  };
  const auto& deadline = request.terms.deadline;
  if (deadline && !changed_.wait_until(lock, *deadline, has_turn) &&
      std::erase(waiting_, &request) != 0) {
    throw Error(Errc::deadline_exceeded,
                "the deadline passed while other changes of the gallery were being made");
  }
  changed_.wait(lock, has_turn);  // who was taken along is told at the end
}

/// The one that has waited longest, and all that may be committed with it.
std::vector<CommitQueue::Request*> CommitQueue::take_group() {
  const auto is_shared = [](const Request* one) { return !one->terms.is_alone(); };
  const auto last = is_shared(waiting_.front())
                        ? std::stable_partition(waiting_.begin(), waiting_.end(), is_shared)
                        : waiting_.begin() + 1;
  try {
    std::vector<Request*> group(waiting_.begin(), last);
    waiting_.erase(waiting_.begin(), last);
    return group;
  } catch (const std::bad_alloc&) {
    waiting_.erase(waiting_.begin());  // the one that asks; the next may lead
    changed_.notify_all();
    throw;
  }
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
    return commit(parts, std::span(&one, 1));
  } catch (const Error& error) {
    if (error.code() != Errc::storage_full || !empties_log(parts)) throw;
  }
  commit(parts, std::span(&one, 1));
}

bool CommitQueue::empties_log(Parts& parts) {
  try {
    const std::lock_guard turn(parts.write_turn);
    return parts.database.truncate_log();
  } catch (const Error&) {
    return false;  // the caller reports why it was asked
  }
}

/// What is durable by now, once for all.
void CommitQueue::anchor_each(Parts& parts, std::span<Request* const> group) noexcept {
  if (parts.anchored.get() == nullptr) return;
  const auto is_durable = [](const Request* one) {
    return one->error == nullptr && one->terms.sync == store::Sync::at_commit;
  };
  if (std::ranges::none_of(group, is_durable)) return;
  // Where each was committed by itself, one that need not be durable may be the newest.
  const bool flushes = std::ranges::any_of(group, [](const Request* one) {
    return one->error == nullptr && one->terms.sync == store::Sync::later;
  });
  try {
    if (flushes) parts.database.flush();
    anchor_newest(parts);
  } catch (...) {
    for (Request* one : group) {
      if (is_durable(one)) one->error = std::current_exception();
    }
  }
}

void CommitQueue::commit_each(Parts& parts, std::span<Request* const> group) noexcept {
  if (group.size() > 1) {
    try {
      return commit(parts, group);
    } catch (...) {
      // All of it was rolled back. Where the disk is not to blame, each says by itself what is
      // wrong with it.
      if (parts.database.is_poisoned()) {
        for (Request* one : group) one->error = std::current_exception();
        return;
      }
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
