#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace morgiana {

inline constexpr std::size_t kMaxPartyBytes = 256;  // of the name of an issuer, a terminal, …

/// Whether a text has 1 to so many characters of printable ASCII, space included.
inline bool is_printable(std::string_view text, std::size_t max_bytes) noexcept {
  return !text.empty() && text.size() <= max_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace morgiana
