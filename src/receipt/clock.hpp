#pragma once

#include <cstdint>

#include "gallery/clock.hpp"
#include "morgiana/error.hpp"
#include "morgiana/receipt.hpp"

namespace morgiana::receipt {

/// Errors: invalid_argument (a clock that shows no time since 1970 that a receipt can say).
inline std::int64_t now(const Clock& clock) {
  const std::int64_t given = clock ? clock() : now_s();
  if (given < 0 || given > static_cast<std::int64_t>(kMaxReceiptNumber / 2)) {
    throw Error(Errc::invalid_argument, "the clock shows no time that a receipt can say");
  }
  return given;
}

}  // namespace morgiana::receipt
