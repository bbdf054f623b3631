#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "index/scan.hpp"
#include "morgiana/execution.hpp"

namespace morgiana::index {

/// Into how many tasks a scan of so many bytes of codes, each query's counted, is cut: two a
/// thread, so that a slow one holds up little, where each has a mebibyte or more; else one a thread
/// or fewer.
std::size_t num_tasks(std::size_t num_bytes, unsigned max_threads);

/// The scan of every query over a range of the view, on the threads that the execution allows. Of
/// many queries, a batch for each part of the range.
/// Shape:  one answer a query, the same whatever the threads.
/// Errors: deadline_exceeded; executor_failed; invalid_argument (execution).
std::vector<Scanned> search(const CodeView& view, std::span<const Query> queries, BlockRange range,
                            const ScanOptions& options, const Execution& execution);

}  // namespace morgiana::index
