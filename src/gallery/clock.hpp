#pragma once

#include <chrono>
#include <cstdint>

namespace morgiana {

/// Unix time in seconds, for records, receipts and the day of a RefusalBudget.
inline std::int64_t now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace morgiana
