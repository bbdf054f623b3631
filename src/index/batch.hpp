#pragma once

#include <span>
#include <vector>

#include "index/scan.hpp"

namespace morgiana::index {

/// From so many queries on, reading both planes once for all costs less than the first step of
/// each.
inline constexpr std::size_t kLeastBatch = 6;

/// As scan, for each of many queries: codes are read and spread out once for all of them.
/// Shape:  one answer a query. A scan of its own can find fewer survivors, never others, as it may
///         start at the signs or the high plane, which drop on their own grounds.
/// Cost:   a product of bytes for each pair. Scratch memory: of each query its levels, a byte a
///         dimension, and 64 bytes for each block of a chunk.
/// Errors: deadline_exceeded.
std::vector<Scanned> scan_batch(const CodeView& view, std::span<const Query> queries,
                                BlockRange range, const ScanOptions& options);

}  // namespace morgiana::index
