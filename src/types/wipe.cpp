#include "types/wipe.hpp"

#include <string.h>

namespace morgiana {

void wipe(void* memory, std::size_t num_bytes) noexcept {
  if (num_bytes != 0) explicit_bzero(memory, num_bytes);
}

}  // namespace morgiana
