#pragma once

#include "seal/mac.hpp"

namespace morgiana {

/// A multiset MAC: the sum modulo 2^256 of one keyed digest per living subject. Adding and taking
/// out are incremental; without the key, no other set of subjects with the same sum can be found.
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
