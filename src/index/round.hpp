#pragma once

#include <limits>

namespace morgiana::index {

/// Rounds to float; what lies below the smallest normal becomes zero. The processor would make it a
/// subnormal, zero or that smallest normal, as the host set its floating-point mode.
inline float round_to_float(double value) {
  constexpr double kSmallest = std::numeric_limits<float>::min();
  return value > -kSmallest && value < kSmallest ? 0.0F : static_cast<float>(value);
}

}  // namespace morgiana::index
