#include "index/search.hpp"

#include <algorithm>

#include "parallel/run.hpp"

namespace morgiana::index {
namespace {

/// Parts of the index for one query: two for each thread, so that a slow one holds up little.
std::size_t num_parts(std::size_t num_blocks, std::size_t num_queries, unsigned max_threads) {
  if (max_threads <= 1 || num_queries >= 2 * std::size_t{max_threads}) return 1;
  return std::min(2 * std::size_t{max_threads}, std::max<std::size_t>(1, num_blocks));
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

std::vector<Scanned> search(const CodeView& view, std::span<const Query> queries,
                            const ScanOptions& options, const Execution& execution) {
  const std::size_t num_blocks = view.num_blocks();
  const std::size_t parts = num_parts(num_blocks, queries.size(), execution.max_threads);
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
