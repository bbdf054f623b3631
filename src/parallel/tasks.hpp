#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <vector>

namespace morgiana::parallel {

/// The tasks of one run, safe in the hands of an executor that nobody knows. It is shared with the
/// executor and outlives the run where a copy is kept; once closed, it leaves the caller's task
/// alone.
class Tasks {
 public:
  Tasks(std::size_t num_tasks, const std::function<void(std::size_t)>& task)
      : task_(task), claimed_(num_tasks) {}
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  /// Runs a task that was not claimed before; does nothing where there is none of that index, a
  /// lower one failed, or the tasks are closed. Keeps what the task throws.
  void run(std::size_t index);

  /// No task begins after this; returns when none is running.
  void close();

  /// What the closed tasks came to.
  std::exception_ptr error() const { return error_; }
  bool all_claimed() const { return num_claimed_ == claimed_.size(); }

 private:
  bool claim(std::size_t index);
  void end(std::size_t index, std::exception_ptr error);

  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  const std::function<void(std::size_t)>& task_;
  std::mutex mutex_;
  std::vector<bool> claimed_;
  std::size_t num_claimed_ = 0;
  // Waited for as an atomic: a condition variable's wait is GLIBCXX_3.4.30, beyond manylinux_2_34.
  std::atomic<std::uint32_t> num_running_ = 0;
  std::size_t failed_index_ = kNone;
  std::exception_ptr error_;
  bool closed_ = false;
};

}  // namespace morgiana::parallel
