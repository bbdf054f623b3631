#pragma once

#include "kernels/kernel_table.hpp"

// The steps of every vector tier, over a type V of that tier's instructions:
//   Bytes                      a vector of code bytes; Ints, Floats: 32-bit lanes, a row each
//   kRows                      rows in a vector
//   load, add, shift_left<n>, shift_right<n>, mask(v, byte)
//   select(v, w, byte)         bits of v where byte has 1, of w where it has 0
//   Sums<byte, a, b, c, d>     accumulates four vectors of codes times sixteen query bytes; the
//                              codes are the bits of `byte`, moved up by a, b, c, d
//   reaches(Ints, depth args, row, cos_bound, sin_bound)   a bit a row
//   cohort_mask(cohorts of 16 rows, wanted)                a bit a row
//   nibble_dot(row, split_query, bytes)                    sum of residual code · query
// In an anonymous namespace: a tier file's copy must not become the one that other tiers call.
namespace {

using morgiana::kernels::Codes;
using morgiana::kernels::DepthArgs;
using morgiana::kernels::kBlockRows;
using morgiana::kernels::kBothPlanes;
using morgiana::kernels::kHighPlane;
using morgiana::kernels::kLineBytes;
using morgiana::kernels::kLineDims;
using morgiana::kernels::kResidual;
using morgiana::kernels::kSigns;
using morgiana::kernels::num_second_lines;
using morgiana::kernels::num_sign_lines;
using morgiana::kernels::QueryArgs;

inline void keep(std::uint16_t& mask, unsigned kept) {
  mask = static_cast<std::uint16_t>(mask & kept);
}

/// Asks for memory that the next step reads, all of a chunk's at once: what survives lies
/// scattered, and one line after the other would wait for each.
inline void prefetch(const std::uint8_t* begin, std::size_t num_bytes) {
  constexpr int kIntoSecondLevel = 2;
  for (std::size_t i = 0; i < num_bytes; i += kLineBytes) {
    __builtin_prefetch(begin + i, 0, kIntoSecondLevel);
  }
}

/// Asks for a line of a plane that is read soon: one with each line that is read, as many at once
/// wait for each other (decision record 0008). Past the end of a plane that is harmless.
inline void prefetch_ahead(const std::uint8_t* line) {
  constexpr std::size_t kAhead = 8 * 1024;
  prefetch(line + kAhead, kLineBytes);
}

template <class V>
void select_cohorts(const std::uint64_t* cohorts, std::size_t num_blocks, std::uint64_t wanted,
                    std::uint16_t* masks) {
  for (std::size_t block = 0; block < num_blocks; ++block) {
    keep(masks[block], V::cohort_mask(cohorts + block * kBlockRows, wanted));
  }
}

/// A line of signs has sixteen dimensions at the even bits of its bytes, the next sixteen at the
/// odd ones.
template <class V>
void narrow_signs(const Codes& codes, const QueryArgs& query, std::uint16_t* masks) {
  const DepthArgs& depth = codes.depths[kSigns];
  const std::size_t num_lines = num_sign_lines(codes.num_lines);
  const std::size_t second_bytes = num_second_lines(codes.num_lines) * kLineBytes;
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    if (masks[block] == 0) continue;
    unsigned kept = 0;
    for (std::size_t part = 0; part < kBlockRows; part += V::kRows) {
      const std::uint8_t* line = codes.signs + block * num_lines * kLineBytes + 4 * part;
      const std::int8_t* levels = query.levels;
      typename V::template Sums<0x01, 0, 2, 4, 6> even;
      typename V::template Sums<0x01, 1, 3, 5, 7> odd;
      for (std::size_t k = 0; k < num_lines; ++k) {
        prefetch_ahead(line);
        const typename V::Bytes signs = V::load(line);
        even.add(signs, signs, signs, signs, levels);
        odd.add(signs, signs, signs, signs, levels + kLineDims);
        line += kLineBytes;
        levels += 2 * kLineDims;
      }
      const auto products = V::twice_minus(V::add(even.total(), odd.total()), query.sign_sum);
      kept |=
          V::reaches(products, depth, block * kBlockRows + part, query.cos_bound, query.sin_bound)
          << part;
    }
    keep(masks[block], kept);
    if (masks[block] != 0) prefetch(codes.seconds + block * second_bytes, second_bytes);
  }
}

/// Visits the lines of the high plane of a block, each put together from its bits.
template <class V, class Visit>
inline void for_each_high_line(const Codes& codes, std::size_t block, std::size_t part,
                               Visit visit) {
  const std::size_t num_pairs = num_sign_lines(codes.num_lines);
  const std::uint8_t* sign = codes.signs + block * num_pairs * kLineBytes + 4 * part;
  const std::uint8_t* second =
      codes.seconds + block * num_second_lines(codes.num_lines) * kLineBytes + 4 * part;
  for (std::size_t pair = 0; pair < num_pairs; ++pair) {
    prefetch_ahead(sign);
    prefetch_ahead(second);
    const typename V::Bytes signs = V::load(sign);
    const typename V::Bytes seconds = V::load(second);
    visit(V::select(V::template shift_left<1>(signs), seconds, 0xAA));
    visit(V::select(signs, V::template shift_right<1>(seconds), 0xAA));
    sign += kLineBytes;
    second += kLineBytes;
  }
  if (codes.num_lines % 2 == 0) return;
  prefetch_ahead(second);
  visit(V::load(second));
}

/// Visits the lines of both planes of a block, which meet in nibbles: dimensions t and 8 + t in one
/// byte, 4 + t and 12 + t in another.
template <class V, class Visit>
inline void for_each_level_line(const Codes& codes, std::size_t block, std::size_t part,
                                Visit visit) {
  const std::uint8_t* low_line = codes.low + block * codes.num_lines * kLineBytes + 4 * part;
  for_each_high_line<V>(codes, block, part, [&](typename V::Bytes high) {
    prefetch_ahead(low_line);
    const typename V::Bytes low = V::load(low_line);
    visit(V::select(V::template shift_left<2>(high), low, 0xCC),
          V::select(high, V::template shift_right<2>(low), 0xCC));
    low_line += kLineBytes;
  });
}

template <class V>
void narrow_high(const Codes& codes, const QueryArgs& query, std::uint16_t* masks) {
  const DepthArgs& depth = codes.depths[kHighPlane];
  const std::size_t low_bytes = codes.num_lines * kLineBytes;
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    if (masks[block] == 0) continue;
    unsigned kept = 0;
    for (std::size_t part = 0; part < kBlockRows; part += V::kRows) {
      const std::int8_t* levels = query.levels;
      typename V::template Sums<0x03, 0, 2, 4, 6> sums;
      for_each_high_line<V>(codes, block, part, [&](typename V::Bytes high) {
        sums.add(high, high, high, high, levels);
        levels += kLineDims;
      });
      const auto products = V::twice_minus(sums.total(), 3 * query.sum);
      kept |=
          V::reaches(products, depth, block * kBlockRows + part, query.cos_bound, query.sin_bound)
          << part;
    }
    keep(masks[block], kept);
    if (masks[block] != 0) prefetch(codes.low + block * low_bytes, low_bytes);
  }
}

template <class V>
void narrow_both(const Codes& codes, const QueryArgs& query, std::uint16_t* masks,
                 std::int32_t* products) {
  const DepthArgs& depth = codes.depths[kBothPlanes];
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    if (masks[block] == 0) continue;
    unsigned kept = 0;
    for (std::size_t part = 0; part < kBlockRows; part += V::kRows) {
      const std::int8_t* levels = query.levels;
      typename V::template Sums<0x0F, 0, 0, 4, 4> sums;
      for_each_level_line<V>(codes, block, part,
                             [&](typename V::Bytes even, typename V::Bytes odd) {
                               sums.add(even, odd, even, odd, levels);
                               levels += kLineDims;
                             });
      const auto found = V::twice_minus(sums.total(), 15 * query.sum);
      V::store(products + block * kBlockRows + part, found);
      kept |= V::reaches(found, depth, block * kBlockRows + part, query.cos_bound, query.sin_bound)
              << part;
    }
    keep(masks[block], kept);
    if (codes.residual == nullptr) continue;
    for (unsigned left = masks[block]; left != 0; left &= left - 1) {
      const std::size_t row = block * kBlockRows + static_cast<unsigned>(__builtin_ctz(left));
      prefetch(codes.residual + row * codes.residual_bytes, codes.residual_bytes);
    }
  }
}

template <class V>
void narrow_residual(const Codes& codes, const QueryArgs& query, std::uint16_t* masks,
                     const std::int32_t* products) {
  const DepthArgs& depth = codes.depths[kResidual];
  for (std::size_t block = 0; block < codes.num_blocks; ++block) {
    for (unsigned left = masks[block]; left != 0; left &= left - 1) {
      const auto bit = static_cast<unsigned>(__builtin_ctz(left));
      const std::size_t row = block * kBlockRows + bit;
      const std::int32_t sum = V::nibble_dot(codes.residual + row * codes.residual_bytes,
                                             query.split_levels, codes.residual_bytes);
      const std::int32_t product = 4 * products[row] + 2 * sum - 15 * query.sum;
      const float least =
          depth.cos_norm[row] * query.cos_bound - depth.sin_norm[row] * query.sin_bound;
      if (static_cast<float>(product) < least) keep(masks[block], ~(1U << bit));
    }
  }
}

}  // namespace
