#pragma once

#include <cstddef>

#include "index/query.hpp"
#include "index/segment.hpp"
#include "kernels/kernel_table.hpp"

namespace morgiana::index {

/// What the kernels need for `num_blocks` blocks of a segment from `first` on; both must outlive
/// it.
kernels::StepArgs step_args(const Segment& segment, const Query& query, std::size_t first,
                            std::size_t num_blocks);

}  // namespace morgiana::index
