#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json.hpp"

namespace morgiana::json {

/// A value in a text and the path to it. What it is read as, it is: each of these refuses anything
/// else with the fault of the source, naming it, line and path.
class Field {
 public:
  Field(const Source& source, const Value& value, std::string path = {})
      : source_(&source), value_(&value), path_(std::move(path)) {}

  [[noreturn]] void refuse(const std::string& what) const;

  std::int64_t whole(std::int64_t least, std::int64_t most) const;
  /// A format up to this one; a newer one is unsupported_format, whatever the source's fault.
  void require_format(std::int64_t known) const;
  double number() const;
  /// 1 to `max_bytes` bytes without control characters.
  std::string text(std::size_t max_bytes) const;
  /// The number of one of these.
  std::size_t choice(const std::vector<std::string_view>& choices) const;
  /// One at least.
  std::vector<Field> items() const;
  bool is_text() const noexcept { return value_->kind == Value::Kind::text; }
  bool is_null() const noexcept { return value_->kind == Value::Kind::null; }

 private:
  friend class Fields;

  const Source* source_;
  const Value* value_;
  std::string path_;
};

/// The fields of an object, each of which must be asked for.
class Fields {
 public:
  explicit Fields(const Field& object);

  std::optional<Field> find(std::string_view name);
  Field require(std::string_view name);
  /// Refuses what nobody asked for.
  void finish() const;

 private:
  Field field(const std::string& name, const Value& value) const;

  Field object_;
  std::vector<std::string_view> known_;
};

}  // namespace morgiana::json
