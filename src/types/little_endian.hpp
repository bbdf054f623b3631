#pragma once

#include <cstddef>
#include <cstdint>

#include "types/bytes.hpp"

namespace morgiana {

/// Appends an integer of so many bytes, the lowest first.
inline void put(Bytes& out, std::uint64_t value, std::size_t num_bytes) {
  for (std::size_t i = 0; i < num_bytes; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  }
}

/// Takes one from the front of what has that many bytes.
inline std::uint64_t take(ByteView& in, std::size_t num_bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < num_bytes; ++i) value |= std::uint64_t{in[i]} << (8 * i);
  in = in.subspan(num_bytes);
  return value;
}

}  // namespace morgiana
