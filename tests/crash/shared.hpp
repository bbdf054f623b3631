#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace morgiana::test {

/// Zeroed memory that a forked process shares.
template <class Value>
class Shared {
 public:
  explicit Shared(std::size_t count) : num_bytes_(count * sizeof(Value)) {
    void* memory =
        ::mmap(nullptr, num_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    values_ = static_cast<Value*>(memory);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(values_, num_bytes_); }
  Value& operator[](std::size_t i) { return values_[i]; }
  Value* operator->() { return values_; }

 private:
  std::size_t num_bytes_;
  Value* values_;
};

}  // namespace morgiana::test
