#include "index/search.hpp"

#include <algorithm>
#include <utility>

#include "index/batch.hpp"
#include "parallel/run.hpp"

namespace morgiana::index {
namespace {

/// Less is read sooner than another thread wakes up.
constexpr std::size_t kLeastPartBytes = std::size_t{1} << 20;

void append(Scanned& whole, Scanned&& part) {
  if (whole.survivors.empty()) whole.survivors.swap(part.survivors);
  whole.survivors.insert(whole.survivors.end(), part.survivors.begin(), part.survivors.end());
  for (std::size_t depth = 0; depth < whole.num_left.size(); ++depth) {
    whole.num_left[depth] += part.num_left[depth];
  }
  whole.compared += part.compared;
}

}  // namespace

std::size_t num_tasks(std::size_t num_bytes, unsigned max_threads) {
  const std::size_t threads = max_threads;
  if (threads <= 1) return 1;
  const std::size_t most = std::max<std::size_t>(1, num_bytes / kLeastPartBytes);
  return most < 2 * threads ? std::min(most, threads) : 2 * threads;
}

std::vector<Scanned> search(const CodeView& view, std::span<const Query> queries, BlockRange range,
                            const ScanOptions& options, const Execution& execution) {
  const bool is_batch = queries.size() >= kLeastBatch;
  const std::size_t num_groups = is_batch ? 1 : queries.size();  // whose tasks are their own
  const std::size_t num_blocks = range.last - range.first;
  const std::size_t plane_bytes = 2 * view.layout().num_lines() * kernels::kLineBytes;
  const std::size_t tasks =
      num_tasks(num_blocks * plane_bytes * queries.size(), execution.max_threads);
  const std::size_t parts = std::clamp<std::size_t>((tasks + num_groups - 1) / num_groups, 1,
                                                    std::max<std::size_t>(1, num_blocks));
  std::vector<std::vector<Scanned>> scanned(num_groups * parts);
  parallel::run(execution, scanned.size(), [&](std::size_t task) {
    const std::size_t part = task % parts;
    const BlockRange here{range.first + num_blocks * part / parts,
                          range.first + num_blocks * (part + 1) / parts};
    scanned[task] = is_batch ? scan_batch(view, queries, here, options)
                             : std::vector{scan(view, queries[task / parts], here, options)};
  });
  std::vector<Scanned> answers(queries.size());
  for (std::size_t task = 0; task < scanned.size(); ++task) {
    for (std::size_t i = 0; i < scanned[task].size(); ++i) {
      append(answers[task / parts + i], std::move(scanned[task][i]));
    }
  }
  return answers;
}

}  // namespace morgiana::index
