#include "kernels/hadamard.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/lanes.hpp"
#include "kernels/levels.hpp"

namespace morgiana::kernels::scalar {
namespace {

constexpr std::size_t kLineParts = kLineDims / 4;

/// Sums of code · query for the rows of one block, where `code_of(line, byte, part)` is the code of
/// dimension 4·part + t in byte 4·row + t of a line.
template <class CodeOf>
void sum_block(std::size_t num_lines, const std::int8_t* query, CodeOf code_of,
               std::int32_t* sums) {
  for (std::size_t row = 0; row < kBlockRows; ++row) sums[row] = 0;
  for (std::size_t line = 0; line < num_lines; ++line) {
    for (std::size_t row = 0; row < kBlockRows; ++row) {
      for (std::size_t t = 0; t < 4; ++t) {
        for (std::size_t part = 0; part < kLineParts; ++part) {
          sums[row] += code_of(line, 4 * row + t, part) * query[line * kLineDims + 4 * part + t];
        }
      }
    }
  }
}

/// The codes of one block.
class BlockCodes {
 public:
  BlockCodes(const Codes& codes, std::size_t block)
      : num_pairs_(num_sign_lines(codes.num_lines)),
        signs_(codes.signs + block * num_pairs_ * kLineBytes),
        seconds_(codes.seconds + block * num_second_lines(codes.num_lines) * kLineBytes),
        low_(codes.low + block * codes.num_lines * kLineBytes) {}

  int sign(std::size_t line, std::size_t byte, std::size_t part) const {
    return signs_[line / 2 * kLineBytes + byte] >> (2 * part + line % 2) & 1;
  }
  int high(std::size_t line, std::size_t byte, std::size_t part) const {
    const std::size_t at = line / 2 * kLineBytes + byte;
    if (line == 2 * num_pairs_) return seconds_[at] >> 2 * part & 3;
    return sign(line, byte, part) << 1 | (seconds_[at] >> (2 * part + line % 2) & 1);
  }
  int both(std::size_t line, std::size_t byte, std::size_t part) const {
    return high(line, byte, part) << 2 | (low_[line * kLineBytes + byte] >> 2 * part & 3);
  }

 private:
  std::size_t num_pairs_;
  const std::uint8_t* signs_;
  const std::uint8_t* seconds_;
  const std::uint8_t* low_;
};

bool reaches(std::int32_t product, const Codes& codes, const QueryArgs& query, Depth depth,
             std::size_t row) {
  const float least = codes.depths[depth].cos_norm[row] * query.cos_bound -
                      codes.depths[depth].sin_norm[row] * query.sin_bound;
  return !(static_cast<float>(product) < least);
}

void drop(std::uint16_t& mask, std::size_t row) {
  mask = static_cast<std::uint16_t>(mask & ~(1U << row));
}

void select_cohorts(const std::uint64_t* cohorts, std::size_t num_blocks, std::uint64_t wanted,
                    std::uint16_t* masks) {
  for (std::size_t block = 0; block < num_blocks; ++block) {
    unsigned found = 0;
    for (std::size_t row = 0; row < kBlockRows; ++row) {
      if ((cohorts[block * kBlockRows + row] & wanted) != 0) found |= 1U << row;
    }
    masks[block] = static_cast<std::uint16_t>(masks[block] & found);
  }
}

void narrow_signs(const Codes& codes, const QueryArgs& query, std::uint16_t* masks) {
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    if (masks[block] == 0) continue;
    const BlockCodes block_codes(codes, block);
    std::int32_t sums[kBlockRows];
    sum_block(
        2 * num_sign_lines(codes.num_lines), query.levels,
        [&](auto... at) { return block_codes.sign(at...); }, sums);
    for (std::size_t row = 0; row < kBlockRows; ++row) {
      const std::int32_t product = 2 * sums[row] - query.sign_sum;
      if (!reaches(product, codes, query, kSigns, block * kBlockRows + row))
        drop(masks[block], row);
    }
  }
}

void narrow_high(const Codes& codes, const QueryArgs& query, std::uint16_t* masks) {
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    if (masks[block] == 0) continue;
    const BlockCodes block_codes(codes, block);
    std::int32_t sums[kBlockRows];
    sum_block(
        codes.num_lines, query.levels, [&](auto... at) { return block_codes.high(at...); }, sums);
    for (std::size_t row = 0; row < kBlockRows; ++row) {
      const std::int32_t product = 2 * sums[row] - 3 * query.sum;
      if (!reaches(product, codes, query, kHighPlane, block * kBlockRows + row))
        drop(masks[block], row);
    }
  }
}

void narrow_both(const Codes& codes, const QueryArgs& query, std::uint16_t* masks,
                 std::int32_t* products) {
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    if (masks[block] == 0) continue;
    const BlockCodes block_codes(codes, block);
    std::int32_t sums[kBlockRows];
    sum_block(
        codes.num_lines, query.levels, [&](auto... at) { return block_codes.both(at...); }, sums);
    for (std::size_t row = 0; row < kBlockRows; ++row) {
      const std::size_t at = block * kBlockRows + row;
      products[at] = 2 * sums[row] - 15 * query.sum;
      if (!reaches(products[at], codes, query, kBothPlanes, at)) drop(masks[block], row);
    }
  }
}

void narrow_batch(const Codes& codes, const BatchArgs& batch, std::uint16_t* masks,
                  std::int32_t* products) {
  for (std::size_t q = 0; q < batch.num_queries; ++q) {
    std::uint16_t* kept = masks + q * codes.num_blocks;
    for (std::size_t block = 0; block < codes.num_blocks; ++block) kept[block] = batch.alive[block];
    const QueryArgs query = {.levels = batch.levels + q * padded_dims(codes.num_lines),
                             .split_levels = nullptr,
                             .sum = batch.sums[q],
                             .sign_sum = 0,
                             .cos_bound = batch.cos_bounds[q],
                             .sin_bound = batch.sin_bounds[q]};
    narrow_both(codes, query, kept, products + q * codes.num_blocks * kBlockRows);
  }
}

std::int32_t residual_sum(const Codes& codes, const QueryArgs& query, std::size_t row) {
  const std::uint8_t* bytes = codes.residual + row * codes.residual_bytes;
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < codes.residual_bytes; ++i) {
    sum += (bytes[i] & 15) * query.split_levels[i] +
           (bytes[i] >> 4) * query.split_levels[codes.residual_bytes + i];
  }
  return sum;
}

void narrow_residual(const Codes& codes, const QueryArgs& query, std::uint16_t* masks,
                     const std::int32_t* products) {
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    for (std::size_t bit = 0; bit < kBlockRows; ++bit) {
      if ((masks[block] >> bit & 1) == 0) continue;
      const std::size_t row = block * kBlockRows + bit;
      const std::int32_t rest = 2 * residual_sum(codes, query, row) - 15 * query.sum;
      if (!reaches(4 * products[row] + rest, codes, query, kResidual, row)) drop(masks[block], bit);
    }
  }
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

void quantise(const float* y, std::size_t dim, float half_steps, std::uint8_t* levels,
              std::uint8_t* residual, LevelSums& sums) {
  LevelLanes lanes;
  quantise_from(0, y, dim, half_steps, levels, residual, lanes);
  finish_levels(lanes, sums);
}

}  // namespace

const KernelTable kTable = {Tier::scalar, "scalar",     &select_cohorts,      &narrow_signs,
                            &narrow_high, &narrow_both, &narrow_batch,        &narrow_residual,
                            &dot,         &quantise,    &hadamard<FourFloats>};

}  // namespace morgiana::kernels::scalar
