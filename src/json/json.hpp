#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "morgiana/error.hpp"

namespace morgiana::json {

/// A JSON value (RFC 8259), and the line on which it begins.
struct Value {
  enum class Kind { null, boolean, whole, real, text, list, object };

  Kind kind = Kind::null;
  std::size_t line = 1;
  std::int64_t whole = 0;
  double real = 0;        // of a whole number, too
  std::string text = {};  // of a number, as it is written
  std::vector<Value> items = {};
  std::vector<std::pair<std::string, Value>> fields = {};

  /// Null where an object has no such field, and where this is none.
  const Value* find(std::string_view name) const noexcept;
  /// What came, for a message: cut, and of printable ASCII.
  std::string shown() const;
};

inline constexpr std::size_t kMaxDepth = 8;

/// A text to be read: its name in messages, what its errors are, and how long it may be.
struct Source {
  std::string name;
  Errc fault;
  std::size_t max_bytes;
};

/// Where `what` went wrong. Errors: the source's fault, always.
[[noreturn]] void refuse(const Source& source, std::size_t line, const std::string& what);

/// All of the text as one value. Errors: the source's fault (no JSON; no UTF-8; anything behind; a
/// byte order mark or a zero byte, which nlohmann's reader skips and ends at; a field twice;
/// kMaxDepth; too long).
Value parse(std::string_view text, const Source& source);

/// The text of the file that the source names, up to one byte more than it may have.
/// Errors: not_found; storage_failed.
std::string read(const Source& source);

/// Text of a stranger for a message: cut, and of printable ASCII.
std::string printable(std::string_view text);

}  // namespace morgiana::json
