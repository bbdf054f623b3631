#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "types/bytes.hpp"

namespace morgiana {

inline std::string hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

/// 8-4-4-4-12 (RFC 9562).
inline std::string dashed(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex(ByteView(&uuid[i], 1));
  }
  return text;
}

}  // namespace morgiana
