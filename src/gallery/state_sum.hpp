#pragma once

#include "seal/mac.hpp"

namespace morgiana {

/// A multiset MAC: the sum modulo 2^256 of one keyed digest per living subject. Adding and taking
/// out are incremental. Who sees many heads learns digests as their differences; without the key he
/// makes none of his own, and needs a subset sum to bring older records back in the place of newer.
class StateSum {
 public:
  StateSum() = default;
  explicit StateSum(const seal::Digest& bytes) : sum_(bytes) {}

  void add(const seal::Digest& entry) noexcept;
  void subtract(const seal::Digest& entry) noexcept;
  const seal::Digest& bytes() const noexcept { return sum_; }

 private:
  seal::Digest sum_{};  // little-endian
};

}  // namespace morgiana
