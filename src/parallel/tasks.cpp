#include "parallel/tasks.hpp"

#include <utility>

namespace morgiana::parallel {

void Tasks::run(std::size_t index) {
  if (!claim(index)) return;
  std::exception_ptr error;
  try {
    task_(index);
  } catch (...) {
    error = std::current_exception();
  }
  end(index, std::move(error));
}

void Tasks::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  for (auto running = num_running_.load(); running != 0; running = num_running_.load()) {
    num_running_.wait(running);
  }
}

bool Tasks::claim(std::size_t index) {
  const std::lock_guard lock(mutex_);
  if (closed_ || index >= claimed_.size() || claimed_[index]) return false;
  claimed_[index] = true;
  ++num_claimed_;
  if (index > failed_index_) return false;
  ++num_running_;
  return true;
}

void Tasks::end(std::size_t index, std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  if (error && index < failed_index_) {
    failed_index_ = index;
    error_ = std::move(error);
  }
  if (--num_running_ == 0) num_running_.notify_all();
}

}  // namespace morgiana::parallel
