#pragma once

#include <cstddef>
#include <functional>

namespace morgiana::parallel {

/// An Executor on oneTBB: at most max_threads of its threads, the calling one included, in an arena
/// of their own, so that no unrelated task runs on the calling thread meanwhile.
void run_on_tbb(unsigned max_threads, std::size_t num_tasks,
                const std::function<void(std::size_t)>& task);

}  // namespace morgiana::parallel
