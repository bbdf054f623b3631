#pragma once

#include <cstdint>
#include <cstdlib>

namespace morgiana::test {

/// What random histories begin with: another one in each round of a soak (scripts/soak).
inline std::uint64_t first_seed() {
  const char* given = std::getenv("MORGIANA_SEED");
  return given == nullptr ? 0 : std::strtoull(given, nullptr, 10);
}

}  // namespace morgiana::test
