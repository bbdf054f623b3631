#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/json.hpp"
#include "types/bytes.hpp"

namespace morgiana::receipt {

/// The one JSON object (RFC 8259) that a text is. None where it is something else, or where readers
/// could understand it differently (json::parse).
std::optional<json::Value> parse_object(std::string_view text);
std::optional<json::Value> parse_object(ByteView text);

/// The members of an object, each of the type that is asked for.
/// Errors: not_authentic, naming the member: it is missing, or not of that type.
class Members {
 public:
  /// `of`: what has them, for messages: "a receipt".
  Members(const json::Value& object, std::string_view of) : object_(object), of_(of) {}

  bool has(const char* name) const { return object_.find(name) != nullptr; }
  /// 1 to so many characters of printable ASCII.
  std::string text(const char* name, std::size_t max_bytes) const;
  /// The same, or empty where there is none.
  std::string text_if_any(const char* name, std::size_t max_bytes) const;
  /// Lower-case hexadecimal digits of a SHA-256.
  std::string sha256(const char* name) const;
  std::string sha256_if_any(const char* name) const;
  /// 128 bits in base64url.
  std::string random_id(const char* name) const;
  /// An integer from 0 to kMaxReceiptNumber.
  std::uint64_t number(const char* name) const;
  std::int64_t time(const char* name) const { return static_cast<std::int64_t>(number(name)); }
  /// A number from `least` to `most`.
  double real(const char* name, double least, double most) const;
  const json::Value& object(const char* name) const;

  [[noreturn]] void refuse(const char* name) const;

 private:
  const json::Value& at(const char* name) const;

  const json::Value& object_;
  std::string_view of_;
};

/// Whether a text is the SHA-256 of something in lower-case hexadecimal digits.
bool is_sha256(std::string_view text) noexcept;

}  // namespace morgiana::receipt
