#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/guarded.hpp"
#include "kernels/kernel_table.hpp"

namespace morgiana::kernels {

using Masks = std::vector<std::uint16_t>;

/// Random blocks whose planes and residuals end at guard pages.
struct Scene {
  Scene(std::size_t blocks, std::size_t num_dims, std::uint64_t seed)
      : dims(num_dims),
        num_blocks(blocks),
        num_lines((dims + kLineDims - 1) / kLineDims),
        residual_bytes((dims + 31) / 32 * 16),
        num_rows(blocks * kBlockRows),
        signs(blocks * num_sign_lines(num_lines) * kLineBytes),
        seconds(blocks * num_second_lines(num_lines) * kLineBytes),
        low(blocks * num_lines * kLineBytes),
        residual(num_rows * residual_bytes),
        alive(blocks),
        query(num_lines * kLineDims),
        split_query(2 * residual_bytes) {
    std::mt19937_64 random(seed);
    fill(signs, blocks * num_sign_lines(num_lines) * kLineBytes, random);
    fill(seconds, blocks * num_second_lines(num_lines) * kLineBytes, random);
    fill(low, blocks * num_lines * kLineBytes, random);
    fill(residual, num_rows * residual_bytes, random);
    for (std::size_t depth = 0; depth < kNumDepths; ++depth) {
      // About the size of the products, so that a bound drops some and keeps some.
      constexpr float kSizes[] = {40.0F, 90.0F, 400.0F, 1600.0F};
      const float size = kSizes[depth];
      std::uniform_real_distribution<float> norm(
          0.0F, size * std::sqrt(static_cast<float>(16 * num_lines)));
      for (auto* values : {&cos_norm[depth], &sin_norm[depth]}) {
        for (std::size_t row = 0; row < num_rows; ++row) values->push_back(norm(random));
      }
    }
    for (std::uint16_t& mask : alive) mask = static_cast<std::uint16_t>(random());
    if (blocks > 2) alive[1] = 0;
    for (std::size_t i = 0; i < dims; ++i) {
      const auto level = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      set_query(i, level);
    }
  }

  static void fill(test::Guarded& codes, std::size_t num_bytes, std::mt19937_64& random) {
    for (std::size_t i = 0; i < num_bytes; ++i) {
      codes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random());
    }
  }

  void set_query(std::size_t dim, std::int8_t level) {
    query_sum += level - query[dim];
    if (dim / 32 < num_sign_lines(num_lines)) sign_sum += level - query[dim];
    query[dim] = level;
    split_query[dim / 2 + dim % 2 * residual_bytes] = level;
  }

  /// Everything is alive, and every code and level as large as can be.
  void set_all_largest() {
    const auto fill_all = [&](test::Guarded& codes, std::size_t num_bytes) {
      std::fill_n(codes.as<std::uint8_t>(), num_bytes, std::uint8_t{0xFF});
    };
    fill_all(signs, num_blocks * num_sign_lines(num_lines) * kLineBytes);
    fill_all(seconds, num_blocks * num_second_lines(num_lines) * kLineBytes);
    fill_all(low, num_blocks * num_lines * kLineBytes);
    fill_all(residual, num_rows * residual_bytes);
    for (std::size_t i = 0; i < dims; ++i) set_query(i, 127);
    std::fill(alive.begin(), alive.end(), std::uint16_t{0xFFFF});
  }

  Codes codes() {
    Codes made{};
    made.signs = signs.as<std::uint8_t>();
    made.seconds = seconds.as<std::uint8_t>();
    made.low = low.as<std::uint8_t>();
    made.residual = residual.as<std::uint8_t>();
    for (std::size_t depth = 0; depth < kNumDepths; ++depth) {
      made.depths[depth] = {cos_norm[depth].data(), sin_norm[depth].data()};
    }
    made.num_blocks = num_blocks;
    made.num_lines = num_lines;
    made.residual_bytes = residual_bytes;
    return made;
  }

  QueryArgs args(float cos_bound, float sin_bound) const {
    return {query.data(), split_query.data(), query_sum, sign_sum, cos_bound, sin_bound};
  }

  /// The byte that holds a dimension of a row in line `line` of a plane.
  static int byte_of(test::Guarded& plane, std::size_t lines, std::size_t line, std::size_t row,
                     std::size_t dim) {
    const std::uint8_t* block = plane.as<std::uint8_t>() + row / kBlockRows * lines * kLineBytes;
    return block[line * kLineBytes + 4 * (row % kBlockRows) + dim % 4];
  }

  /// 0 or 1, and -1 where the signs have no bit of the dimension.
  int sign_bit(std::size_t row, std::size_t dim) {
    const std::size_t lines = num_sign_lines(num_lines);
    if (dim / 32 >= lines) return -1;
    return byte_of(signs, lines, dim / 32, row, dim) >> (dim % 16 / 4 * 2 + dim / 16 % 2) & 1;
  }

  int high_bits(std::size_t row, std::size_t dim) {
    const int byte = byte_of(seconds, num_second_lines(num_lines), dim / 32, row, dim);
    const int sign = sign_bit(row, dim);
    const std::size_t at = dim % 16 / 4 * 2;
    return sign < 0 ? byte >> at & 3 : 2 * sign + (byte >> (at + dim / 16 % 2) & 1);
  }

  int low_bits(std::size_t row, std::size_t dim) {
    return byte_of(low, num_lines, dim / 16, row, dim) >> (dim % 16 / 4 * 2) & 3;
  }

  /// ⟨query, c⟩ straight from the layout's definition.
  std::int64_t product(std::size_t row, Depth depth) {
    std::int64_t sum = 0;
    for (std::size_t dim = 0; dim < dims; ++dim) {
      const int s = sign_bit(row, dim);
      const int h = high_bits(row, dim);
      const int k = 4 * h + low_bits(row, dim);
      const std::uint8_t pair = residual.as<std::uint8_t>()[row * residual_bytes + dim / 2];
      const int r = dim % 2 == 0 ? pair & 15 : pair >> 4;
      const int level = depth == kSigns        ? s < 0 ? 0 : 2 * s - 1
                        : depth == kHighPlane  ? 2 * h - 3
                        : depth == kBothPlanes ? 2 * k - 15
                                               : 4 * (2 * k - 15) + 2 * r - 15;
      sum += std::int64_t{level} * query[dim];
    }
    return sum;
  }

  Masks expected(Depth depth, float cos_bound, float sin_bound) {
    Masks masks = alive;
    for (std::size_t row = 0; row < num_rows; ++row) {
      const volatile float along = cos_norm[depth][row] * cos_bound;
      const volatile float across = sin_norm[depth][row] * sin_bound;
      if (static_cast<float>(product(row, depth)) < along - across) {
        masks[row / kBlockRows] =
            static_cast<std::uint16_t>(masks[row / kBlockRows] & ~(1U << row % kBlockRows));
      }
    }
    return masks;
  }

  std::size_t dims;
  std::size_t num_blocks;
  std::size_t num_lines;
  std::size_t residual_bytes;
  std::size_t num_rows;
  test::Guarded signs;
  test::Guarded seconds;
  test::Guarded low;
  test::Guarded residual;
  std::array<std::vector<float>, kNumDepths> cos_norm;
  std::array<std::vector<float>, kNumDepths> sin_norm;
  Masks alive;
  std::vector<std::int8_t> query;
  std::vector<std::int8_t> split_query;
  std::int32_t query_sum = 0;
  std::int32_t sign_sum = 0;
};

}  // namespace morgiana::kernels
