#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "morgiana/morgiana.hpp"

/// What a golden gallery must answer, as its answers.json says it. Floats and bits are hexadecimal,
/// most significant digit first, so that nothing is rounded on the way: a vector is 8 digits a
/// dimension. Probes are recorded rather than drawn again, as a generator of normal numbers is not
/// the same in every standard library.
namespace morgiana::golden {

using Json = nlohmann::ordered_json;

struct Subject {
  std::string id;
  std::uint64_t generation;
  Cohorts cohorts;
  std::vector<Template> references;
};

inline constexpr const char* kDatabase = "campus.morgiana";
inline constexpr const char* kKeyset = "campus.morgiana.keyset";
inline constexpr const char* kKey = "campus.key";
inline constexpr const char* kAnswers = "answers.json";

inline std::string folder_of(std::uint32_t format) {
  return std::string(MORGIANA_GOLDEN) + "/format_" + std::to_string(format) + "/";
}

template <class Unsigned>
std::string hex(Unsigned bits) {
  constexpr std::size_t kDigits = 2 * sizeof(Unsigned);
  std::string text(kDigits, '0');
  for (std::size_t i = kDigits; i-- > 0; bits >>= 4) text[i] = "0123456789abcdef"[bits & 0xF];
  return text;
}
inline std::string hex(float value) {
  return hex(std::bit_cast<std::uint32_t>(value));
}
inline std::string hex(std::span<const float> values) {
  std::string text;
  for (const float value : values) text += hex(value);
  return text;
}

template <class Unsigned>
Unsigned bits_of(std::string_view text) {
  Unsigned bits = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), bits, 16).ptr;
  if (text.size() != 2 * sizeof(Unsigned) || end != text.data() + text.size()) {
    throw std::invalid_argument("not " + std::to_string(2 * sizeof(Unsigned)) + " digits");
  }
  return bits;
}
inline float float_of(std::string_view text) {
  return std::bit_cast<float>(bits_of<std::uint32_t>(text));
}
inline std::vector<float> floats_of(std::string_view text) {
  std::vector<float> values;
  for (; !text.empty(); text.remove_prefix(8)) values.push_back(float_of(text.substr(0, 8)));
  return values;
}

}  // namespace morgiana::golden
