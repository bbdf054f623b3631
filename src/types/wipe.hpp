#pragma once

#include <cstddef>

namespace morgiana {

/// Overwrites memory with zeros in a way that the optimiser keeps.
void wipe(void* memory, std::size_t num_bytes) noexcept;

}  // namespace morgiana
