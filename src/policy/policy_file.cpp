#include "morgiana/policy_file.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "json/field.hpp"
#include "json/json.hpp"
#include "morgiana/error.hpp"
#include "policy/digest.hpp"

namespace morgiana {
namespace {

using json::Field;
using json::Fields;

constexpr std::int64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxTextBytes = 256;
constexpr std::int64_t kFormat = 1;

std::uint32_t whole_32(const Field& field) {
  return static_cast<std::uint32_t>(field.whole(0, kMost32));
}

std::optional<std::uint32_t> limit(Fields& fields, std::string_view name) {
  const auto field = fields.find(name);
  return field ? std::optional(whole_32(*field)) : std::nullopt;
}

/// HH:MM, from 00:00 to 24:00.
std::uint16_t minute_of_day(const Field& field) {
  const std::string text = field.text(kMaxTextBytes);
  const auto digit = [&](std::size_t i) { return text[i] - '0'; };
  bool is_time = text.size() == 5 && text[2] == ':';
  for (const std::size_t i : {0U, 1U, 3U, 4U}) is_time = is_time && digit(i) >= 0 && digit(i) <= 9;
  if (is_time) {
    const int minutes = digit(3) * 10 + digit(4);
    const int minute = (digit(0) * 10 + digit(1)) * 60 + minutes;
    if (minutes < 60 && minute <= detail::kMinutesPerDay) return static_cast<std::uint16_t>(minute);
  }
  field.refuse("is a time HH:MM from 00:00 to 24:00, got \"" + json::printable(text) + '"');
}

/// A mask of what `number_of` says of each item; the same one twice is a slip.
template <class NumberOf>
std::uint64_t mask(const Field& list, NumberOf number_of) {
  std::uint64_t bits = 0;
  for (const Field& item : list.items()) {
    const std::uint64_t bit = std::uint64_t{1} << number_of(item);
    if ((bits & bit) != 0) item.refuse("is in the list already");
    bits |= bit;
  }
  return bits;
}

AccessRule access_rule(const Field& field) {
  Fields fields(field);
  AccessRule rule{.area = fields.require("area").text(kMaxTextBytes)};
  if (const auto groups = fields.find("cohorts")) {
    rule.cohorts.bits = mask(*groups, [](const Field& item) { return item.whole(0, 63); });
  }
  if (const auto days = fields.find("weekdays")) {
    const auto day = [](const Field& item) {
      return item.choice({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
    };
    rule.weekdays.bits = static_cast<std::uint8_t>(mask(*days, day));
  }
  if (const auto from = fields.find("from")) rule.from_minute = minute_of_day(*from);
  if (const auto to = fields.find("to")) rule.to_minute = minute_of_day(*to);
  fields.finish();
  return rule;
}

AntiPassback anti_passback(const Field& field) {
  Fields fields(field);
  AntiPassback rule{.area = fields.require("area").text(kMaxTextBytes)};
  rule.reset_after_s = limit(fields, "reset_after_s");
  fields.finish();
  return rule;
}

Amount amount(Fields& fields) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const Field up_to = fields.require("up_to");
  return {up_to.whole(0, kMost), fields.require("currency").text(kMaxTextBytes)};
}

AmountTier amount_tier(const Field& field) {
  Fields fields(field);
  AmountTier tier{.up_to = amount(fields)};
  const std::size_t needs = fields.require("needs").choice({"face", "step_up"});
  tier.needs = needs == 0 ? Needs::face : Needs::step_up;
  fields.finish();
  return tier;
}

Amount day_limit(const Field& field) {
  Fields fields(field);
  const Amount most = amount(fields);
  fields.finish();
  return most;
}

template <class Entry>
std::vector<Entry> entries(Fields& fields, std::string_view name, Entry (*read)(const Field&)) {
  std::vector<Entry> all;
  if (const auto list = fields.find(name)) {
    for (const Field& item : list->items()) all.push_back(read(item));
  }
  return all;
}

Rules rules(const Field& field) {
  Fields fields(field);
  Rules rules;
  rules.access = entries(fields, "access", access_rule);
  rules.anti_passback = entries(fields, "anti_passback", anti_passback);
  rules.debounce_s = limit(fields, "debounce_s");
  rules.amounts = entries(fields, "amounts", amount_tier);
  rules.day_limits = entries(fields, "day_limits", day_limit);
  rules.max_attempts = limit(fields, "max_attempts");
  rules.max_transaction_s = limit(fields, "max_transaction_s");
  rules.max_capture_age_s = limit(fields, "max_capture_age_s");
  fields.finish();
  return rules;
}

Threshold threshold(const Field& field) {
  Fields fields(field);
  const double at_least = fields.require("at_least").number();
  fields.finish();
  return {.at_least = {detail::at_or_above(at_least)}};
}

Risk risk(const Field& field) {
  Fields fields(field);
  Risk risk{.at_most = {fields.require("fpir").number()}};
  if (const auto probes = fields.find("probes")) risk.num_probes = whole_32(*probes);
  fields.finish();
  return risk;
}

Assurance assurance(const Field& field) {
  if (field.is_text()) {
    field.choice({"proven"});
    return Assurance::proven();
  }
  Fields fields(field);
  const double miss_probability = fields.require("miss_probability").number();
  fields.finish();
  return {miss_probability};
}

PolicyFile policy_file(const Field& field) {
  Fields fields(field);
  fields.require("format").require_format(kFormat);
  PolicyFile file{.name = fields.require("name").text(kMaxTextBytes),
                  .version = whole_32(fields.require("version")),
                  .policy = {},
                  .digest = {}};
  if (const auto given = fields.find("risk")) file.policy.risk = risk(*given);
  const auto accept = file.policy.risk ? fields.find("accept") : fields.require("accept");
  if (accept) file.policy.accept = threshold(*accept);
  file.policy.margin = detail::at_or_above(fields.require("margin").number());
  if (const auto given = fields.find("assurance")) file.policy.assurance = assurance(*given);
  if (const auto given = fields.find("rules")) file.policy.rules = rules(*given);
  fields.finish();
  return file;
}

/// The value at the end of a path such as rules.debounce_s, or the last one on it that is there.
const json::Value& deepest(const json::Value& from, std::string_view path) {
  const std::string_view first = path.substr(0, path.find('.'));
  const json::Value* const next = from.find(first);
  if (next == nullptr || first.empty()) return from;
  path.remove_prefix(std::min(first.size() + 1, path.size()));
  return deepest(*next, path);
}

/// A range is said once, where the policy is made (morgiana/policy.hpp); the line is found again.
void require_valid(const Policy& policy, const json::Value& root, const json::Source& source) {
  const auto fault = detail::fault_of(policy);
  if (!fault) return;
  const json::Value* at = &deepest(root, fault->list);
  if (fault->index < at->items.size()) at = &at->items[fault->index];
  Field(source, deepest(*at, fault->field), fault->path()).refuse(std::string(fault->limit));
}

json::Source source_of(const std::string& file) {
  return {file, Errc::bad_policy, PolicyFile::kMaxBytes};
}

}  // namespace

PolicyFile PolicyFile::parse(std::string_view text, const std::string& file) {
  const json::Source source = source_of(file);
  const json::Value root = json::parse(text, source);
  PolicyFile read = policy_file(Field(source, root));
  require_valid(read.policy, root, source);
  read.digest = policy::digest_of(read);
  return read;
}

PolicyFile PolicyFile::load(const std::string& path) {
  return parse(json::read(source_of(path)), path);
}

}  // namespace morgiana
