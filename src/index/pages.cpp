#include "index/pages.hpp"

#include <new>

#include <sys/mman.h>

namespace morgiana::index {

Pages::Pages(std::size_t num_bytes)
    : mapped_bytes_(num_bytes < kHugeBytes ? num_bytes : num_bytes + kHugeBytes) {
  mapping_ =
      mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::uint8_t*>(mapping_);
  madvise(mapping_, mapped_bytes_, MADV_DONTDUMP);
  if (num_bytes < kHugeBytes) return;
  const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
  data_ += (kHugeBytes - address % kHugeBytes) % kHugeBytes;
  madvise(data_, num_bytes, MADV_HUGEPAGE);  // a wish: without it the same bytes, slower
}

Pages::~Pages() {
  munmap(mapping_, mapped_bytes_);
}

}  // namespace morgiana::index
