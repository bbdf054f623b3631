#include "json/field.hpp"

#include <algorithm>
#include <limits>

namespace morgiana::json {

void Field::refuse(const std::string& what) const {
  json::refuse(*source_, value_->line, path_.empty() ? what : path_ + ": " + what);
}

std::int64_t Field::whole(std::int64_t least, std::int64_t most) const {
  if (value_->kind == Value::Kind::whole && value_->whole >= least && value_->whole <= most) {
    return value_->whole;
  }
  refuse("is a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
         ", got " + value_->shown());
}

void Field::require_format(std::int64_t known) const {
  const std::int64_t given = whole(1, std::numeric_limits<std::int64_t>::max());
  if (given <= known) return;
  Source newer = *source_;
  newer.fault = Errc::unsupported_format;
  json::refuse(newer, value_->line,
               path_ + ": is " + std::to_string(given) + ", this build reads up to " +
                   std::to_string(known));
}

double Field::number() const {
  if (value_->kind == Value::Kind::whole || value_->kind == Value::Kind::real) return value_->real;
  refuse("is a number, got " + value_->shown());
}

std::string Field::text(std::size_t max_bytes) const {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  const std::string& text = value_->text;
  if (is_text() && !text.empty() && text.size() <= max_bytes &&
      std::none_of(text.begin(), text.end(), is_control)) {
    return text;
  }
  refuse("is a text of 1 to " + std::to_string(max_bytes) +
         " bytes without control characters, got " + value_->shown());
}

std::size_t Field::choice(const std::vector<std::string_view>& choices) const {
  const auto found = std::find(choices.begin(), choices.end(), std::string_view(value_->text));
  if (is_text() && found != choices.end()) {
    return static_cast<std::size_t>(found - choices.begin());
  }
  std::string expected;
  for (const std::string_view one : choices) {
    expected += (expected.empty() ? "" : ", ") + std::string(one);
  }
  refuse("is one of " + expected + ", got " + value_->shown());
}

std::vector<Field> Field::items() const {
  if (value_->kind != Value::Kind::list || value_->items.empty()) {
    refuse("is a list that is not empty, got " + value_->shown());
  }
  std::vector<Field> items;
  for (std::size_t i = 0; i < value_->items.size(); ++i) {
    items.emplace_back(*source_, value_->items[i], path_ + "[" + std::to_string(i) + "]");
  }
  return items;
}

Fields::Fields(const Field& object) : object_(object) {
  if (object.value_->kind != Value::Kind::object) {
    object.refuse("is an object, got " + object.value_->shown());
  }
}

Field Fields::field(const std::string& name, const Value& value) const {
  return {*object_.source_, value, object_.path_.empty() ? name : object_.path_ + "." + name};
}

std::optional<Field> Fields::find(std::string_view name) {
  known_.push_back(name);
  const Value* const value = object_.value_->find(name);
  if (value == nullptr) return std::nullopt;
  return field(std::string(name), *value);
}

Field Fields::require(std::string_view name) {
  if (const auto found = find(name)) return *found;
  field(std::string(name), *object_.value_).refuse("is missing");
}

void Fields::finish() const {
  for (const auto& [name, value] : object_.value_->fields) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    field(printable(name), value).refuse("is not a field that is known here");
  }
}

}  // namespace morgiana::json
