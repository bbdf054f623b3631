#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace morgiana::policy {

/// A JSON value (RFC 8259), and the line on which it begins.
struct Json {
  enum class Kind { null, boolean, whole, real, text, list, object };

  Kind kind = Kind::null;
  std::size_t line = 1;
  std::int64_t whole = 0;
  double real = 0;        // of a whole number, too
  std::string text = {};  // of a number, as it is written
  std::vector<Json> items = {};
  std::vector<std::pair<std::string, Json>> fields = {};

  /// Null where an object has no such field, and where this is none.
  const Json* find(std::string_view name) const noexcept;
  /// What came, for a message: cut, and of printable ASCII.
  std::string shown() const;
};

inline constexpr std::size_t kMaxDepth = 8;

/// Where `what` went wrong. Errors: bad_policy, always.
[[noreturn]] void refuse(const std::string& file, std::size_t line, const std::string& what);

/// All of the text as one value. Errors: bad_policy (no JSON; no UTF-8; anything behind; a field
/// twice; kMaxDepth).
Json parse_json(std::string_view text, const std::string& file);

/// Text of a stranger for a message: cut, and of printable ASCII.
std::string printable(std::string_view text);

}  // namespace morgiana::policy
