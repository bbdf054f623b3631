#include "receipt/json.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "morgiana/error.hpp"
#include "morgiana/receipt.hpp"
#include "seal/base64url.hpp"
#include "types/printable.hpp"
#include "types/text.hpp"

namespace morgiana::receipt {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kRandomIdBytes = 16;

/// What a reader that is led through a text sees of it besides its values.
class Ambiguities {
 public:
  bool found() const noexcept { return is_found_; }

  void see(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > kMaxDepth) is_found_ = true;
    if (event == Json::parse_event_t::object_start) names_.emplace_back();
    if (event == Json::parse_event_t::object_end) names_.pop_back();
    if (event != Json::parse_event_t::key) return;
    if (!names_.back().insert(parsed.get_ref<const std::string&>()).second) is_found_ = true;
  }

 private:
  std::vector<std::set<std::string>> names_;  // of the objects that are not closed yet
  bool is_found_ = false;
};

}  // namespace

std::optional<Json> parse_object(std::string_view text) {
  if (!text.starts_with('{') || text.find('\0') != std::string_view::npos) return std::nullopt;
  Ambiguities ambiguities;
  const auto see = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    ambiguities.see(depth, event, parsed);
    return true;
  };
  constexpr bool kThrows = false;
  Json value = Json::parse(text.begin(), text.end(), see, kThrows);
  if (!value.is_object() || ambiguities.found()) return std::nullopt;
  return value;
}

std::optional<Json> parse_object(ByteView text) {
  return parse_object(as_text(text));
}

bool is_sha256(std::string_view text) noexcept {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

void Members::refuse(const char* name) const {
  throw Error(Errc::not_authentic,
              std::string(of_) + " has no '" + name + "' as it must be (docs/receipts.md)");
}

const Json& Members::at(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) refuse(name);
  return *found;
}

std::string Members::text(const char* name, std::size_t max_bytes) const {
  const Json& value = at(name);
  if (!value.is_string()) refuse(name);
  const auto& text = value.get_ref<const std::string&>();
  if (!is_printable(text, max_bytes)) refuse(name);
  return text;
}

std::string Members::text_if_any(const char* name, std::size_t max_bytes) const {
  return has(name) ? text(name, max_bytes) : std::string();
}

std::string Members::sha256(const char* name) const {
  std::string digits = text(name, 64);
  if (!is_sha256(digits)) refuse(name);
  return digits;
}

std::string Members::sha256_if_any(const char* name) const {
  return has(name) ? sha256(name) : std::string();
}

std::string Members::random_id(const char* name) const {
  std::string id = text(name, kMaxPartyBytes);
  const std::optional<Bytes> bytes = seal::from_base64url(id);
  if (!bytes || bytes->size() != kRandomIdBytes) refuse(name);
  return id;
}

std::uint64_t Members::number(const char* name) const {
  const Json& value = at(name);
  if (!value.is_number_unsigned()) refuse(name);
  const auto number = value.get<std::uint64_t>();
  if (number > kMaxReceiptNumber) refuse(name);
  return number;
}

double Members::real(const char* name, double least, double most) const {
  const Json& value = at(name);
  if (!value.is_number()) refuse(name);
  const auto number = value.get<double>();
  if (!(number >= least && number <= most)) refuse(name);
  return number;
}

const Json& Members::object(const char* name) const {
  const Json& value = at(name);
  if (!value.is_object()) refuse(name);
  return value;
}

}  // namespace morgiana::receipt
