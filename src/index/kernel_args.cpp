#include "index/kernel_args.hpp"

namespace morgiana::index {

using kernels::kBlockRows;
using kernels::kLineBytes;

kernels::Codes codes_of(const Segment& segment, std::size_t first, std::size_t num_blocks) {
  const Layout& layout = segment.layout;
  const std::size_t num_lines = layout.num_lines();
  const std::size_t row = first * kBlockRows;
  kernels::Codes made{};
  made.signs = segment.signs + first * kernels::num_sign_lines(num_lines) * kLineBytes;
  made.seconds = segment.seconds + first * kernels::num_second_lines(num_lines) * kLineBytes;
  made.low = segment.low + first * num_lines * kLineBytes;
  if (segment.residual != nullptr) made.residual = segment.residual + row * layout.residual_bytes();
  for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
    if (segment.cos_norm[depth] == nullptr) continue;
    made.depths[depth] = {segment.cos_norm[depth] + row, segment.sin_norm[depth] + row};
  }
  made.num_blocks = num_blocks;
  made.num_lines = num_lines;
  made.residual_bytes = layout.residual_bytes();
  return made;
}

kernels::QueryArgs args_of(const Query& query) {
  return {query.levels.data(), query.split_levels.data(), query.level_sum,
          query.sign_sum,      query.cos_bound,           query.sin_bound};
}

}  // namespace morgiana::index
