#include "parallel/run.hpp"

#include <exception>
#include <memory>
#include <new>
#include <string>

#include "morgiana/error.hpp"
#include "parallel/tasks.hpp"
#include "parallel/tbb.hpp"

namespace morgiana::parallel {
namespace {

std::exception_ptr failed(const std::string& what) {
  return std::make_exception_ptr(Error(Errc::executor_failed, what));
}

/// Null where it returned.
std::exception_ptr failure_of_executor(const Executor& executor, std::size_t num_tasks,
                                       const std::function<void(std::size_t)>& task) {
  try {
    executor(num_tasks, task);
    return nullptr;
  } catch (const std::exception& thrown) {
    return failed(std::string("the executor threw: ") + thrown.what());
  } catch (...) {
    return failed("the executor threw: what is not a std::exception");
  }
}

/// The same for oneTBB, which has no memory or cannot start a thread.
std::exception_ptr failure_of_tbb(unsigned max_threads, std::size_t num_tasks,
                                  const std::function<void(std::size_t)>& task) {
  try {
    run_on_tbb(max_threads, num_tasks, task);
    return nullptr;
  } catch (const std::bad_alloc&) {
    return std::current_exception();
  } catch (const std::exception& thrown) {
    return failed(std::string("oneTBB could not run the tasks: ") + thrown.what());
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
  const std::function<void(std::size_t)> run_one = [tasks](std::size_t index) {
    // A copy, as this function may end before the call does.
    std::shared_ptr<Tasks>(tasks)->run(index);
  };
  std::exception_ptr failure;
  try {
    failure = execution.executor ? failure_of_executor(execution.executor, num_tasks, run_one)
                                 : failure_of_tbb(execution.max_threads, num_tasks, run_one);
  } catch (...) {  // no memory to say what was thrown
    failure = std::current_exception();
  }
  tasks->close();
  if (tasks->error()) std::rethrow_exception(tasks->error());
  if (failure) std::rethrow_exception(failure);
  if (!tasks->all_claimed()) {
    throw Error(Errc::executor_failed, "the executor returned before it had run every task");
  }
}

}  // namespace morgiana::parallel
