#include "gallery/state_sum.hpp"

namespace morgiana {

void StateSum::add(const seal::Digest& entry) noexcept {
  int carry = 0;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    carry += sum_[i] + entry[i];
    sum_[i] = static_cast<std::uint8_t>(carry & 0xFF);
    carry >>= 8;
  }
}

void StateSum::subtract(const seal::Digest& entry) noexcept {
  int borrow = 0;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    const int rest = sum_[i] - entry[i] - borrow;
    sum_[i] = static_cast<std::uint8_t>(rest & 0xFF);
    borrow = rest < 0 ? 1 : 0;
  }
}

}  // namespace morgiana
