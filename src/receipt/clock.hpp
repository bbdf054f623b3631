#pragma once

#include <chrono>
#include <cstdint>

#include "morgiana/error.hpp"
#include "morgiana/receipt.hpp"

namespace morgiana::receipt {

/// Errors: invalid_argument (a clock that shows no time since 1970 that a receipt can say).
inline std::int64_t now(const Clock& clock) {
  const auto system = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now_s =
      clock ? clock() : std::chrono::duration_cast<std::chrono::seconds>(system).count();
  if (now_s < 0 || now_s > static_cast<std::int64_t>(kMaxReceiptNumber / 2)) {
    throw Error(Errc::invalid_argument, "the clock shows no time that a receipt can say");
  }
  return now_s;
}

}  // namespace morgiana::receipt
