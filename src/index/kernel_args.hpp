#pragma once

#include <cstddef>

#include "index/query.hpp"
#include "index/segment.hpp"
#include "kernels/kernel_table.hpp"

namespace morgiana::index {

/// `num_blocks` blocks of a segment from `first` on, as kernels take them while it lives.
kernels::Codes codes_of(const Segment& segment, std::size_t first, std::size_t num_blocks);

/// A query as kernels take it while it lives.
kernels::QueryArgs args_of(const Query& query);

}  // namespace morgiana::index
