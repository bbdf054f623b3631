#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "types/wipe.hpp"

namespace morgiana {

/// Room for the values of a reference, used again and wiped at the end.
class Plaintext {
 public:
  explicit Plaintext(std::size_t dim) : values_(dim) {}
  Plaintext(const Plaintext&) = delete;
  Plaintext& operator=(const Plaintext&) = delete;
  ~Plaintext() { wipe(values_.data(), values_.size() * sizeof(float)); }

  std::span<float> span() noexcept { return values_; }

 private:
  std::vector<float> values_;
};

}  // namespace morgiana
