#pragma once

#include <array>
#include <cstdint>

namespace morgiana::index {

inline std::array<std::uint8_t, 32> seed(std::uint8_t value) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(value);
  return bytes;
}

}  // namespace morgiana::index
