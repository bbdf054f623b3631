#include "index/search.hpp"

#include <algorithm>

#include "parallel/run.hpp"

namespace morgiana::index {
namespace {

/// Less is read sooner than another thread wakes up.
constexpr std::size_t kLeastPartBytes = std::size_t{1} << 20;

/// Codes that a scan may read before the residual.
std::size_t plane_bytes(const CodeView& view) {
  return view.num_blocks() * 2 * view.layout().num_lines() * kernels::kLineBytes;
}

void append(Scanned& whole, const Scanned& part) {
  whole.survivors.insert(whole.survivors.end(), part.survivors.begin(), part.survivors.end());
  for (std::size_t depth = 0; depth < whole.num_left.size(); ++depth) {
    whole.num_left[depth] += part.num_left[depth];
  }
  whole.compared.num_subjects += part.compared.num_subjects;
  whole.compared.num_references += part.compared.num_references;
}

}  // namespace

std::size_t num_parts(std::size_t num_bytes, std::size_t num_queries, unsigned max_threads) {
  const std::size_t threads = max_threads;
  if (threads <= 1 || num_queries >= 2 * threads) return 1;
  const std::size_t most = std::max<std::size_t>(1, num_bytes / kLeastPartBytes);
  return most < 2 * threads ? std::min(most, threads) : 2 * threads;
}

std::vector<Scanned> search(const CodeView& view, std::span<const Query> queries,
                            const ScanOptions& options, const Execution& execution) {
  const std::size_t num_blocks = view.num_blocks();
  const std::size_t parts = num_parts(plane_bytes(view), queries.size(), execution.max_threads);
  std::vector<Scanned> scanned(queries.size() * parts);
  parallel::run(execution, scanned.size(), [&](std::size_t task) {
    const std::size_t part = task % parts;
    const BlockRange range{num_blocks * part / parts, num_blocks * (part + 1) / parts};
    scanned[task] = scan(view, queries[task / parts], range, options);
  });
  if (parts == 1) return scanned;
  std::vector<Scanned> answers(queries.size());
  for (std::size_t task = 0; task < scanned.size(); ++task) {
    append(answers[task / parts], scanned[task]);
  }
  return answers;
}

}  // namespace morgiana::index
