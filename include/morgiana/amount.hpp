#pragma once

#include <cstdint>
#include <string>

namespace morgiana {

/// A sum of money, in the smallest units of its currency: 12.50 EUR are 1250 of EUR.
struct Amount {
  std::int64_t minor_units;  // never negative
  std::string currency;      // ISO 4217: three of A-Z
  friend bool operator==(const Amount&, const Amount&) = default;
};

namespace detail {

constexpr bool is_valid(const Amount& amount) noexcept {
  if (amount.minor_units < 0 || amount.currency.size() != 3) return false;
  for (const char letter : amount.currency) {
    if (letter < 'A' || letter > 'Z') return false;
  }
  return true;
}

}  // namespace detail
}  // namespace morgiana
