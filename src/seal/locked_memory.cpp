#include "seal/locked_memory.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include <sys/mman.h>

#include "morgiana/error.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {

void* lock_pages(std::size_t num_bytes) {
  void* pages =
      mmap(nullptr, num_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  if (mlock(pages, num_bytes) != 0) {
    const int reason = errno;
    munmap(pages, num_bytes);
    throw Error(Errc::limit_reached,
                std::string("memory for keys cannot be kept out of swap: ") +
                    std::strerror(reason) +
                    "; raise the limit of locked memory (ulimit -l, LimitMEMLOCK=)");
  }
  // Wishes: a kernel that knows neither has no dump to leave them out of, or no way to.
  madvise(pages, num_bytes, MADV_DONTDUMP);
  madvise(pages, num_bytes, MADV_WIPEONFORK);
  return pages;
}

void unlock_pages(void* pages, std::size_t num_bytes) noexcept {
  wipe(pages, num_bytes);
  munmap(pages, num_bytes);
}

}  // namespace morgiana::seal
