#pragma once

#include <cstdint>

#include "types/bytes.hpp"

namespace morgiana {

/// A fingerprint of which ids name which subjects, whatever the order they were added in: the
/// product of r - h(id, key) modulo 2^61 - 1, where h is a polynomial in s whose coefficients are
/// length, bytes and key. Of two different sets of n with ids of up to 256 bytes it is the same for
/// 41 n of the 2^61 secrets (Schwartz and Zippel: both are polynomials in r and s of no higher
/// degree), which nobody knows who could choose the sets.
class IdProduct {
 public:
  /// Drawn anew for each comparison. Errors: crypto_failed.
  struct Secrets {
    Secrets();
    std::uint64_t r;
    std::uint64_t s;
  };

  explicit IdProduct(const Secrets& secrets) : secrets_(secrets) {}

  void add(ByteView id, std::uint64_t subject_key) noexcept;
  void join(const IdProduct& other) noexcept;

  std::uint64_t value() const noexcept { return product_; }

 private:
  Secrets secrets_;
  std::uint64_t product_ = 1;
};

}  // namespace morgiana
