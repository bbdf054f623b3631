#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "seal/secret_key.hpp"

namespace morgiana::test {

/// Whether a sanitizer keeps the heap where this finds nothing.
constexpr bool has_own_heap() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

/// How often counting_key(first) lies in the heap.
inline std::size_t num_copies_in_heap(std::uint8_t first) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  std::size_t copies = 0;
  while (std::getline(maps, line)) {
    if (line.find("[heap]") == std::string::npos) continue;
    const auto begin = reinterpret_cast<const std::uint8_t*>(std::stoull(line, nullptr, 16));
    const auto end = reinterpret_cast<const std::uint8_t*>(
        std::stoull(line.substr(line.find('-') + 1), nullptr, 16));
    for (const std::uint8_t* at = begin; at + seal::SecretKey::kBytes <= end; ++at) {
      std::size_t same = 0;
      while (same < seal::SecretKey::kBytes && at[same] == static_cast<std::uint8_t>(first + same))
        ++same;
      if (same == seal::SecretKey::kBytes) ++copies;
    }
  }
  return copies;
}

}  // namespace morgiana::test
