#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace morgiana::cli {

/// Rows of float32 from a NumPy file.
struct Matrix {
  std::size_t num_rows;
  std::size_t num_columns;
  std::vector<float> values;

  std::span<const float> row(std::size_t index) const {
    return std::span(values).subspan(index * num_columns, num_columns);
  }
};

/// What the header of a .npy file says; a one-dimensional array is one row.
struct NpyShape {
  std::size_t num_rows;
  std::size_t num_columns;
};

/// Reads the dictionary of a .npy header. Errors: invalid_argument (anything but little-endian
/// float32 in C order with one or two dimensions).
NpyShape parse_npy_header(std::string_view header);

/// Reads a .npy file of version 1, 2 or 3. Allocates no more than the file is long.
/// Errors: not_found; invalid_argument, naming the file and what was expected.
/// Source: numpy.lib.format.
Matrix read_npy(const std::string& path);

}  // namespace morgiana::cli
