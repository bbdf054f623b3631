#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <iterator>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <morgiana/morgiana.hpp>

/// Collects what many threads ask and searches once for all, which is cheaper for each. A batch
/// starts when `max_batch` probes wait or the first has waited `max_wait`; while one is searched
/// the next gathers. A probe answers as it would alone.
/// Threads: every method from many threads at once; close, and so the destructor, waits for the
///          one thread that searches.
class BatchQueue {
 public:
  using Clock = std::chrono::steady_clock;
  using Deadline = std::optional<Clock::time_point>;

  struct Limits {
    std::size_t max_batch = 256;  // where only n threads ask, n: a full batch waits no
    Clock::duration max_wait = std::chrono::milliseconds(2);  // longer for more
    std::size_t max_waiting = 4096;
    unsigned max_threads = 1;  // of one search
  };

  struct Counts {
    std::uint64_t num_batches;
    std::uint64_t num_probes;
  };

  /// The gallery outlives the queue. Errors: invalid_argument (options, limits); closed.
  BatchQueue(const morgiana::Gallery& gallery, morgiana::IdentifyOptions options, Limits limits);
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;
  ~BatchQueue() { close(); }

  /// The future has the answer or its error: deadline_exceeded where the deadline passed before it
  /// was there (what expires before its batch starts is not searched), or what identify throws.
  /// Errors: model_mismatch; limit_reached (`max_waiting`); closed.
  std::future<morgiana::Identification> submit(morgiana::Template probe, Deadline deadline = {});

  /// Waits for the answer, and no longer than the deadline. Errors: as of submit and its future.
  morgiana::Identification identify(morgiana::Template probe, Deadline deadline = {});

  /// Answers what is waiting and refuses what comes; idempotent.
  void close();

  Counts counts() const;

 private:
  struct Request {
    morgiana::Template probe;
    Clock::time_point arrived;
    Deadline deadline;
    std::promise<morgiana::Identification> answer;

    bool is_late() const { return deadline && *deadline <= Clock::now(); }
  };
  using Batch = std::vector<Request>;

  void run();
  Batch next_batch();
  void answer(Batch batch);
  void search(std::span<Request> requests);
  std::vector<morgiana::Identification> found(std::span<const Request> requests) const;

  static morgiana::Error too_late() {
    return {morgiana::Errc::deadline_exceeded, "the deadline of the request passed"};
  }

  const morgiana::Gallery& gallery_;
  const morgiana::IdentifyOptions options_;
  const Limits limits_;
  const morgiana::ModelId model_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> waiting_;
  Counts counts_{};
  bool is_closed_ = false;
  std::once_flag joined_;
  std::thread worker_;  // last: it uses all the others
};

inline BatchQueue::BatchQueue(const morgiana::Gallery& gallery, morgiana::IdentifyOptions options,
                              Limits limits)
    : gallery_(gallery),
      options_(std::move(options)),
      limits_(limits),
      model_(gallery.stats().model) {
  if (limits.max_batch == 0 || limits.max_waiting == 0 ||
      limits.max_wait < limits.max_wait.zero()) {
    throw morgiana::Error(morgiana::Errc::invalid_argument,
                          "max_batch and max_waiting are at least 1, max_wait is not negative");
  }
  found({});  // a search for nobody refuses bad options here, not in every request
  worker_ = std::thread([this] { run(); });
}

inline std::future<morgiana::Identification> BatchQueue::submit(morgiana::Template probe,
                                                                Deadline deadline) {
  using morgiana::Errc;
  using morgiana::Error;
  if (probe.model() != model_) {
    throw Error(Errc::model_mismatch,
                "a probe of " + probe.model().name + ", the gallery stores " + model_.name);
  }
  Request request{std::move(probe), Clock::now(), deadline, {}};
  auto future = request.answer.get_future();
  const std::lock_guard lock(mutex_);
  if (is_closed_) throw Error(Errc::closed, "the batch queue is closed");
  if (waiting_.size() >= limits_.max_waiting) {
    throw Error(Errc::limit_reached,
                std::to_string(limits_.max_waiting) + " requests wait, no more may");
  }
  waiting_.push_back(std::move(request));
  if (waiting_.size() == 1 || waiting_.size() >= limits_.max_batch) changed_.notify_one();
  return future;
}

inline morgiana::Identification BatchQueue::identify(morgiana::Template probe, Deadline deadline) {
  auto future = submit(std::move(probe), deadline);
  if (deadline && future.wait_until(*deadline) != std::future_status::ready) throw too_late();
  return future.get();
}

inline void BatchQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { worker_.join(); });
}

inline BatchQueue::Counts BatchQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

inline void BatchQueue::run() {
  for (Batch batch = next_batch(); !batch.empty(); batch = next_batch()) answer(std::move(batch));
}

/// Empty at the end alone.
inline BatchQueue::Batch BatchQueue::next_batch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !waiting_.empty() || is_closed_; });
  if (waiting_.empty()) return {};
  changed_.wait_until(lock, waiting_.front().arrived + limits_.max_wait,
                      [&] { return waiting_.size() >= limits_.max_batch || is_closed_; });
  const auto size = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits_.max_batch));
  const auto end = waiting_.begin() + size;
  Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

inline void BatchQueue::answer(Batch batch) {
  const auto expired = std::stable_partition(batch.begin(), batch.end(),
                                             [](const Request& r) { return !r.is_late(); });
  for (auto late = expired; late != batch.end(); ++late) {
    late->answer.set_exception(std::make_exception_ptr(too_late()));
  }
  batch.erase(expired, batch.end());
  if (batch.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    ++counts_.num_batches;
    counts_.num_probes += batch.size();
  }
  search(batch);
}

/// What fails one may not fail the others: a batch that failed is searched again, one by one.
inline void BatchQueue::search(std::span<Request> requests) {
  std::vector<morgiana::Identification> answers;
  try {
    answers = found(requests);
  } catch (...) {
    if (requests.size() == 1) {
      requests.front().answer.set_exception(std::current_exception());
      return;
    }
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (answers.empty()) {
      search(requests.subspan(i, 1));
    } else if (requests[i].is_late()) {
      requests[i].answer.set_exception(std::make_exception_ptr(too_late()));
    } else {
      requests[i].answer.set_value(std::move(answers[i]));
    }
  }
}

/// Searched until the last of their deadlines.
inline std::vector<morgiana::Identification> BatchQueue::found(
    std::span<const Request> requests) const {
  std::vector<morgiana::Template> probes;
  morgiana::Execution execution{.max_threads = limits_.max_threads};
  bool all_have_one = !requests.empty();
  for (const Request& request : requests) {
    probes.push_back(request.probe);
    all_have_one = all_have_one && request.deadline;
    execution.deadline = std::max(execution.deadline, request.deadline);
  }
  if (!all_have_one) execution.deadline.reset();
  return gallery_.identify(probes, options_, execution);
}
