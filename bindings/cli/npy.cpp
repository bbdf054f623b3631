#include "npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>

#include "morgiana/error.hpp"

static_assert(std::endian::native == std::endian::little, "values are read as they lie");

namespace morgiana::cli {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Errc::invalid_argument, "expected a NumPy file of float32 [n, dim], " + why);
}

/// Reads the literal that NumPy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 128),
/// }
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : rest_(text) {}

  NpyShape read() {
    expect('{');
    while (!accept('}')) {
      read_entry();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) refuse("got text after its header");
    if (!descr_ || !fortran_order_ || !shape_) refuse("got a header without descr, order or shape");
    return checked();
  }

 private:
  void read_entry() {
    const std::string_view key = quoted();
    expect(':');
    if (key == "descr" && !descr_) {
      descr_ = quoted();
    } else if (key == "fortran_order" && !fortran_order_) {
      fortran_order_ = boolean();
    } else if (key == "shape" && !shape_) {
      shape_ = tuple();
    } else {
      refuse("got a header with an unknown or repeated key");
    }
  }

  NpyShape checked() const {
    if (*descr_ != "<f4") refuse("got type " + std::string(*descr_) + "; save x.astype('<f4')");
    if (*fortran_order_) refuse("got Fortran order; save numpy.ascontiguousarray(x)");
    const std::vector<std::size_t>& shape = *shape_;
    if (shape.size() == 1) return {1, shape[0]};
    if (shape.size() == 2) return {shape[0], shape[1]};
    refuse("got " + std::to_string(shape.size()) + " dimensions");
  }

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }

  bool accept(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) refuse(std::string("got a header without '") + wanted + "' in its place");
  }

  std::string_view quoted() {
    const char mark = accept('"') ? '"' : '\'';
    if (mark == '\'') expect(mark);
    const std::size_t length = rest_.find(mark);
    if (length == std::string_view::npos) refuse("got a header with an open string");
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return text;
  }

  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    refuse("got a header whose fortran_order is not True or False");
  }

  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> numbers;
    expect('(');
    while (!accept(')')) {
      numbers.push_back(number());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }

  std::size_t number() {
    skip_space();
    constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
    std::size_t value = 0;
    std::size_t num_digits = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++num_digits) {
      const auto digit = static_cast<std::size_t>(rest_[0] - '0');
      if (value > (kMax - digit) / 10) refuse("got a shape beyond 64 bits");
      value = value * 10 + digit;
      rest_.remove_prefix(1);
    }
    if (num_digits == 0) refuse("got a shape that is not made of numbers");
    return value;
  }

  std::string_view rest_;
  std::optional<std::string_view> descr_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::size_t>> shape_;
};

/// Reads a file front to back and knows how much is left, so that nothing in it can ask for more.
class BoundedFile {
 public:
  explicit BoundedFile(const std::string& path) : in_(path, std::ios::binary) {
    std::error_code failure;
    num_left_ = std::filesystem::file_size(path, failure);
    if (!in_ || failure) throw Error(Errc::not_found, "it cannot be read");
  }

  std::uintmax_t num_left() const { return num_left_; }

  void read(char* to, std::size_t num_bytes) {
    if (num_bytes > num_left_) refuse("got a truncated one");
    in_.read(to, static_cast<std::streamsize>(num_bytes));
    if (!in_) refuse("got a truncated one");
    num_left_ -= num_bytes;
  }

  std::string text(std::size_t num_bytes) {
    if (num_bytes > num_left_) refuse("got a truncated one");
    std::string read_text(num_bytes, '\0');
    read(read_text.data(), num_bytes);
    return read_text;
  }

 private:
  std::ifstream in_;
  std::uintmax_t num_left_ = 0;
};

std::size_t header_bytes(BoundedFile& file) {
  if (file.text(6) != "\x93NUMPY") refuse("got a file that does not begin with the mark of one");
  std::array<unsigned char, 2> version{};
  file.read(reinterpret_cast<char*>(version.data()), version.size());
  if (version[0] < 1 || version[0] > 3) refuse("got version " + std::to_string(version[0]));
  std::uint32_t length = 0;
  file.read(reinterpret_cast<char*>(&length), version[0] == 1 ? 2 : 4);
  return length;
}

Matrix read_matrix(BoundedFile& file) {
  const NpyShape shape = parse_npy_header(file.text(header_bytes(file)));
  const std::uintmax_t num_values = file.num_left() / sizeof(float);
  const bool is_whole = file.num_left() % sizeof(float) == 0;
  if (shape.num_columns == 0) refuse("got rows without columns");
  const bool fits =
      num_values / shape.num_columns == shape.num_rows && num_values % shape.num_columns == 0;
  if (!is_whole || !fits) {
    refuse("got shape [" + std::to_string(shape.num_rows) + ", " +
           std::to_string(shape.num_columns) + "] with " + std::to_string(file.num_left()) +
           " bytes of values");
  }
  Matrix matrix{shape.num_rows, shape.num_columns, std::vector<float>(num_values)};
  file.read(reinterpret_cast<char*>(matrix.values.data()), num_values * sizeof(float));
  return matrix;
}

}  // namespace

NpyShape parse_npy_header(std::string_view header) {
  return HeaderReader(header).read();
}

Matrix read_npy(const std::string& path) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) {
    throw Error(Errc::not_found, "there is no file " + path + ": " + failure.message());
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(Errc::invalid_argument, path + " is not a regular file");
  }
  try {
    BoundedFile file(path);
    return read_matrix(file);
  } catch (const Error& error) {
    throw Error(error.code(), path + ": " + error.what());
  }
}

}  // namespace morgiana::cli
