#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace morgiana {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using Uuid = std::array<std::uint8_t, 16>;

}  // namespace morgiana
