#pragma once

#include <cstddef>
#include <vector>

#include "seal/secret_key.hpp"

namespace morgiana::seal {

/// Whole pages that are never swapped, left out of core dumps, and zero in a forked process.
/// Errors: limit_reached, where the process may not lock them.
void* lock_pages(std::size_t num_bytes);
/// Zeroes them first.
void unlock_pages(void* pages, std::size_t num_bytes) noexcept;

/// For what lives as long as a gallery is open: a page or more for each allocation.
template <class Value>
struct LockedAllocator {
  using value_type = Value;

  LockedAllocator() = default;
  template <class Other>
  explicit(false) LockedAllocator(const LockedAllocator<Other>&) noexcept {}

  Value* allocate(std::size_t count) {
    return static_cast<Value*>(lock_pages(count * sizeof(Value)));
  }
  void deallocate(Value* values, std::size_t count) noexcept {
    unlock_pages(values, count * sizeof(Value));
  }
  bool operator==(const LockedAllocator&) const = default;
};

template <class Value>
using LockedVector = std::vector<Value, LockedAllocator<Value>>;

/// One key that lives long.
class LockedKey {
 public:
  explicit LockedKey(SecretKey key) { one_.push_back(std::move(key)); }
  LockedKey(LockedKey&&) noexcept = default;
  LockedKey& operator=(LockedKey&&) noexcept = default;

  const SecretKey& operator*() const noexcept { return one_.front(); }

 private:
  LockedVector<SecretKey> one_;
};

}  // namespace morgiana::seal
