#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/json.hpp"

namespace morgiana::policy {

/// A value in a file and the path to it. What it is read as, it is: each of these refuses anything
/// else with bad_policy, which names file, line and path.
class Field {
 public:
  Field(const std::string& file, const Json& json, std::string path = {})
      : file_(&file), json_(&json), path_(std::move(path)) {}

  [[noreturn]] void refuse(const std::string& what) const;

  std::int64_t whole(std::int64_t least, std::int64_t most) const;
  double number() const;
  /// 1 to `max_bytes` bytes without control characters.
  std::string text(std::size_t max_bytes) const;
  /// The number of one of these.
  std::size_t choice(const std::vector<std::string_view>& choices) const;
  /// One at least: a rule that allows everything is left out, not emptied.
  std::vector<Field> items() const;
  bool is_text() const noexcept { return json_->kind == Json::Kind::text; }

 private:
  friend class Fields;

  const std::string* file_;
  const Json* json_;
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
  Field field(const std::string& name, const Json& json) const;

  Field object_;
  std::vector<std::string_view> known_;
};

}  // namespace morgiana::policy
