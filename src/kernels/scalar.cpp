#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"

namespace morgiana::kernels::scalar {
namespace {

void accumulate_line(const std::uint8_t* line, const std::int8_t* query, std::int32_t* sums) {
  for (std::size_t row = 0; row < kBlockRows; ++row) {
    std::int32_t sum = 0;
    for (std::size_t t = 0; t < 4; ++t) {
      const std::uint8_t pair = line[4 * row + t];
      sum += (pair & 15) * query[t] + (pair >> 4) * query[4 + t];
    }
    sums[row] += sum;
  }
}

std::size_t scan4(const ScanArgs& args, std::uint32_t* survivors) {
  std::size_t num_survivors = 0;
  for (std::size_t block = 0; block < args.num_blocks; ++block) {
    std::int32_t sums[kBlockRows] = {};
    const std::uint8_t* codes = args.codes + block * args.num_lines * kLineBytes;
    for (std::size_t line = 0; line < args.num_lines; ++line) {
      accumulate_line(codes + line * kLineBytes, args.query + line * kLineDims, sums);
    }
    for (std::size_t row = 0; row < kBlockRows; ++row) {
      const std::size_t at = block * kBlockRows + row;
      const float least = args.cos_norm[at] * args.cos_bound - args.sin_norm[at] * args.sin_bound;
      const bool dropped = static_cast<float>(2 * sums[row] + args.offset) < least;
      if (!dropped && (args.alive[block] >> row & 1) != 0) {
        survivors[num_survivors++] = static_cast<std::uint32_t>(at);
      }
    }
  }
  return num_survivors;
}

double dot(const float* a, const float* b, std::size_t dim) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
    }
  }
  return finish_lanes(lanes, a, b, i, dim);
}

}  // namespace

const KernelTable kTable = {Tier::scalar, "scalar", &scan4, &dot};

}  // namespace morgiana::kernels::scalar
