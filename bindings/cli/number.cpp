#include "number.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

#include "morgiana/types.hpp"

namespace morgiana::cli {
namespace {

/// All of the text as one number; how is the base or the format.
template <class Number, class How>
std::optional<Number> parsed(std::string_view text, How how) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, how);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parsed_decimal(std::string_view text) {
  return parsed<double>(text, std::chars_format::general);
}

std::optional<std::uint64_t> parsed_whole(std::string_view text) {
  const bool is_hexadecimal = text.starts_with("0x");
  if (is_hexadecimal) text.remove_prefix(2);
  return parsed<std::uint64_t>(text, is_hexadecimal ? 16 : 10);
}

/// NaN is in no range.
template <class Number>
Number checked(const std::string& name, const std::string& text, std::optional<Number> value,
               Number least, Number most, const char* kind) {
  if (value && *value >= least && *value <= most) return *value;
  std::ostringstream message;
  message << "expected a " << kind << " from " << least << " to " << most << ", got '" << text
          << "'";
  throw CLI::ValidationError(name, message.str());
}

}  // namespace

CLI::Option* add_number(CLI::App& verb, const std::string& name, float& value, double least,
                        double most, const std::string& description) {
  const auto read = [&value, name, least, most](const std::string& text) {
    value = detail::at_or_above(checked(name, text, parsed_decimal(text), least, most, "number"));
  };
  return verb.add_option_function<std::string>(name, read, description)->type_name("NUMBER");
}

CLI::Option* add_rate(CLI::App& verb, const std::string& name, double& value,
                      const std::string& description) {
  const auto read = [&value, name](const std::string& text) {
    constexpr double kLeast = std::numeric_limits<double>::min();
    constexpr double kMost = 1.0 - std::numeric_limits<double>::epsilon();
    const auto given = parsed_decimal(text);
    if (!given || !(*given >= kLeast && *given <= kMost)) {
      throw CLI::ValidationError(name, "expected a number above 0 and below 1, got '" + text + "'");
    }
    value = *given;
  };
  return verb.add_option_function<std::string>(name, read, description)->type_name("RATE");
}

CLI::Option* add_whole_number(CLI::App& verb, const std::string& name, std::uint64_t& value,
                              std::uint64_t least, std::uint64_t most,
                              const std::string& description) {
  const auto read = [&value, name, least, most](const std::string& text) {
    value = checked(name, text, parsed_whole(text), least, most, "whole number");
  };
  return verb.add_option_function<std::string>(name, read, description)->type_name("COUNT");
}

}  // namespace morgiana::cli
