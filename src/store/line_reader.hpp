#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/descriptor.hpp"

namespace morgiana::store {

/// The lines of a text, one after the other, in memory of a fixed size.
class LineReader {
 public:
  /// Errors: not_found; storage_failed.
  LineReader(const std::string& path, std::size_t max_line_bytes);

  struct Line {
    std::string_view text;  // without its end; valid until the next call
    bool is_whole;          // its end was there, and it was not too long; otherwise it is the last
    std::uint64_t end;      // where the next one begins
  };
  /// None at the end of the text. Errors: storage_failed.
  std::optional<Line> next();

 private:
  void fill();

  std::string path_;
  Descriptor file_;
  std::size_t max_line_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;          // in the buffer
  std::uint64_t consumed_ = 0;  // bytes of the file before it
  bool is_at_end_ = false;
};

}  // namespace morgiana::store
