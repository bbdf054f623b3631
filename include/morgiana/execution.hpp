#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace morgiana {

/// Runs tasks 0 … num_tasks-1, each once, on whatever threads it likes, and returns when all are
/// done. What a task throws is kept and does not reach the executor.
/// Misuse: throwing or leaving a task out is executor_failed; a task's second call, an index out of
///         range and a call by a copy of `task` after the return do nothing.
using Executor =
    std::function<void(std::size_t num_tasks, const std::function<void(std::size_t)>& task)>;

/// How one call may use the machine. Threads come from the caller: by default none is started.
/// Errors: invalid_argument; deadline_exceeded; executor_failed. Nothing is partially returned.
struct Execution {
  Executor executor = {};    // empty: oneTBB; called only where there is work for several threads
  unsigned max_threads = 1;  // of this call, its own included, and what tasks are cut for; never 0
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

}  // namespace morgiana
