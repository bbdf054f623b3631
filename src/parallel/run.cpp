#include "parallel/run.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "morgiana/error.hpp"
#include "parallel/tasks.hpp"
#include "parallel/tbb.hpp"

namespace morgiana::parallel {
namespace {

Error executor_threw(const std::string& what) {
  return {Errc::executor_failed, "the executor threw: " + what};
}

/// Why the executor failed; none where it returned.
std::optional<Error> execute(const Execution& execution, std::size_t num_tasks,
                             const std::function<void(std::size_t)>& task) {
  try {
    if (execution.executor) {
      execution.executor(num_tasks, task);
    } else {
      run_on_tbb(execution.max_threads, num_tasks, task);
    }
    return std::nullopt;
  } catch (const std::exception& thrown) {
    return executor_threw(thrown.what());
  } catch (...) {
    return executor_threw("what is not a std::exception");
  }
}

}  // namespace

unsigned num_threads(const Execution& execution) {
  if (execution.max_threads == 0) {
    throw Error(Errc::invalid_argument, "max_threads is 0, expected 1 or more");
  }
  return execution.max_threads;
}

void run(const Execution& execution, std::size_t num_tasks,
         const std::function<void(std::size_t)>& task) {
  if (num_threads(execution) == 1 || num_tasks <= 1) {
    for (std::size_t index = 0; index < num_tasks; ++index) task(index);
    return;
  }
  const auto tasks = std::make_shared<Tasks>(num_tasks, task);
  const auto failure = execute(execution, num_tasks, [tasks](std::size_t index) {
    // A copy, as this function may end before the call does.
    std::shared_ptr<Tasks>(tasks)->run(index);
  });
  tasks->close();
  if (tasks->error()) std::rethrow_exception(tasks->error());
  if (failure) throw Error(*failure);
  if (!tasks->all_claimed()) {
    throw Error(Errc::executor_failed, "the executor returned before it had run every task");
  }
}

}  // namespace morgiana::parallel
