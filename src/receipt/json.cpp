#include "receipt/json.hpp"

#include <algorithm>

#include "morgiana/error.hpp"
#include "morgiana/receipt.hpp"
#include "seal/base64url.hpp"
#include "types/printable.hpp"
#include "types/text.hpp"

namespace morgiana::receipt {
namespace {

using json::Value;

constexpr std::size_t kRandomIdBytes = 16;

}  // namespace

std::optional<Value> parse_object(std::string_view text) {
  if (!text.starts_with('{')) return std::nullopt;  // nothing stands before it either
  try {
    Value value = json::parse(text, {"", Errc::not_authentic, kMaxReceiptBytes});
    if (value.kind == Value::Kind::object) return value;
  } catch (const Error&) {  // what is wrong, the caller says
  }
  return std::nullopt;
}

std::optional<Value> parse_object(ByteView text) {
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

const Value& Members::at(const char* name) const {
  const Value* const found = object_.find(name);
  if (found == nullptr) refuse(name);
  return *found;
}

std::string Members::text(const char* name, std::size_t max_bytes) const {
  const Value& value = at(name);
  if (value.kind != Value::Kind::text || !is_printable(value.text, max_bytes)) refuse(name);
  return value.text;
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
  const Value& value = at(name);
  const auto number = static_cast<std::uint64_t>(value.whole);  // a negative one is above
  if (value.kind != Value::Kind::whole || number > kMaxReceiptNumber) refuse(name);
  return number;
}

double Members::real(const char* name, double least, double most) const {
  const Value& value = at(name);
  const bool is_number = value.kind == Value::Kind::whole || value.kind == Value::Kind::real;
  if (!is_number || !(value.real >= least && value.real <= most)) refuse(name);
  return value.real;
}

const Value& Members::object(const char* name) const {
  const Value& value = at(name);
  if (value.kind != Value::Kind::object) refuse(name);
  return value;
}

}  // namespace morgiana::receipt
