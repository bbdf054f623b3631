#include "policy/field.hpp"

#include <algorithm>

namespace morgiana::policy {

void Field::refuse(const std::string& what) const {
  policy::refuse(*file_, json_->line, path_.empty() ? what : path_ + ": " + what);
}

std::int64_t Field::whole(std::int64_t least, std::int64_t most) const {
  if (json_->kind == Json::Kind::whole && json_->whole >= least && json_->whole <= most) {
    return json_->whole;
  }
  refuse("is a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
         ", got " + json_->shown());
}

double Field::number() const {
  if (json_->kind == Json::Kind::whole || json_->kind == Json::Kind::real) return json_->real;
  refuse("is a number, got " + json_->shown());
}

std::string Field::text(std::size_t max_bytes) const {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  const std::string& text = json_->text;
  if (is_text() && !text.empty() && text.size() <= max_bytes &&
      std::none_of(text.begin(), text.end(), is_control)) {
    return text;
  }
  refuse("is a text of 1 to " + std::to_string(max_bytes) +
         " bytes without control characters, got " + json_->shown());
}

std::size_t Field::choice(const std::vector<std::string_view>& choices) const {
  const auto found = std::find(choices.begin(), choices.end(), std::string_view(json_->text));
  if (is_text() && found != choices.end()) {
    return static_cast<std::size_t>(found - choices.begin());
  }
  std::string expected;
  for (const std::string_view one : choices) {
    expected += (expected.empty() ? "" : ", ") + std::string(one);
  }
  refuse("is one of " + expected + ", got " + json_->shown());
}

std::vector<Field> Field::items() const {
  if (json_->kind != Json::Kind::list || json_->items.empty()) {
    refuse("is a list that is not empty, got " + json_->shown());
  }
  std::vector<Field> items;
  for (std::size_t i = 0; i < json_->items.size(); ++i) {
    items.emplace_back(*file_, json_->items[i], path_ + "[" + std::to_string(i) + "]");
  }
  return items;
}

Fields::Fields(const Field& object) : object_(object) {
  if (object.json_->kind != Json::Kind::object) {
    object.refuse("is an object, got " + object.json_->shown());
  }
}

Field Fields::field(const std::string& name, const Json& json) const {
  return {*object_.file_, json, object_.path_.empty() ? name : object_.path_ + "." + name};
}

std::optional<Field> Fields::find(std::string_view name) {
  known_.push_back(name);
  const Json* const json = object_.json_->find(name);
  if (json == nullptr) return std::nullopt;
  return field(std::string(name), *json);
}

Field Fields::require(std::string_view name) {
  if (const auto found = find(name)) return *found;
  field(std::string(name), *object_.json_).refuse("is missing");
}

void Fields::finish() const {
  for (const auto& [name, json] : object_.json_->fields) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    field(printable(name), json).refuse("is not a field that is known here");
  }
}

}  // namespace morgiana::policy
