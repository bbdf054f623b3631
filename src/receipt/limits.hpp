#pragma once

#include <cstddef>
#include <cstdint>

#include "types/printable.hpp"

namespace morgiana::receipt {

inline constexpr std::size_t kMaxTextBytes = 128;  // of what names no party
inline constexpr std::int64_t kMaxLifetime_s = 30 * 86'400;

}  // namespace morgiana::receipt
