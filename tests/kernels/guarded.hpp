#pragma once

#include <cstddef>
#include <cstring>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace morgiana::test {

/// Memory that ends where an unreadable page begins: reading one byte too far stops the test.
class Guarded {
 public:
  explicit Guarded(std::size_t num_bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t readable = (num_bytes + page - 1) / page * page;
    mapped_bytes_ = readable + page;
    void* memory =
        mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no memory for a guard page");
    base_ = static_cast<std::byte*>(memory);
    if (mprotect(base_ + readable, page, PROT_NONE) != 0) throw std::runtime_error("no guard page");
    begin_ = base_ + readable - num_bytes;
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { munmap(base_, mapped_bytes_); }

  template <class Value>
  Value* as() {
    return reinterpret_cast<Value*>(begin_);
  }

 private:
  std::byte* base_;
  std::byte* begin_;
  std::size_t mapped_bytes_;
};

}  // namespace morgiana::test
