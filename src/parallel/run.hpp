#pragma once

#include <cstddef>
#include <functional>

#include "morgiana/execution.hpp"

namespace morgiana::parallel {

/// How many threads a call may use, its own included. Errors: invalid_argument where it is 0.
unsigned num_threads(const Execution& execution);

/// Runs task(0) … task(num_tasks-1), each once; all have ended when it returns or throws.
/// One thread or one task: on the calling thread, in order. A task may itself call run.
/// Errors: what a task threw, of several the one of the lowest index; else invalid_argument,
///         executor_failed, or std::bad_alloc where oneTBB has no memory. After a failure the
///         tasks above it that have not begun are skipped; those below still run, so that which
///         error comes does not depend on timing.
void run(const Execution& execution, std::size_t num_tasks,
         const std::function<void(std::size_t)>& task);

}  // namespace morgiana::parallel
