#include "gallery/key_ring.hpp"

#include <utility>

namespace morgiana {

std::shared_ptr<const seal::Keyset> KeyRing::current() const {
  const std::lock_guard lock(mutex_);
  return keyset_;
}

void KeyRing::use(std::shared_ptr<const seal::Keyset> next) {
  const std::lock_guard lock(mutex_);
  if (keyset_ == nullptr || keyset_->generation() <= next->generation()) keyset_.swap(next);
}

void KeyRing::read_newer() {
  use(std::make_shared<const seal::Keyset>(read_()));
}

std::shared_ptr<const seal::Keyset> KeyRing::at_least(std::uint64_t generation) {
  if (auto keyset = current(); keyset->generation() >= generation) return keyset;
  const std::lock_guard lock(read_mutex_);
  if (current()->generation() < generation) read_newer();
  return current();
}

std::shared_ptr<const seal::Keyset> KeyRing::with(std::uint32_t wrapping_key_id) {
  if (auto keyset = current(); keyset->find(wrapping_key_id) != nullptr) return keyset;
  const std::lock_guard lock(read_mutex_);
  if (current()->find(wrapping_key_id) == nullptr) read_newer();
  return current();
}

}  // namespace morgiana
