#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "index/scan.hpp"
#include "morgiana/execution.hpp"

namespace morgiana::index {

/// Into how many parts the index is cut for each of so many queries: two a thread, so that a slow
/// one holds up little, where each has a mebibyte of codes or more; else one a thread or fewer.
std::size_t num_parts(std::size_t num_bytes, std::size_t num_queries, unsigned max_threads);

/// The scan of every query over the whole view, on the threads that the execution allows: queries
/// side by side where there are many, parts of the index side by side where there are few.
/// Shape:  one answer a query, the same whatever the threads.
/// Errors: deadline_exceeded; executor_failed; invalid_argument (execution).
std::vector<Scanned> search(const CodeView& view, std::span<const Query> queries,
                            const ScanOptions& options, const Execution& execution);

}  // namespace morgiana::index
