#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "types/bytes.hpp"

namespace morgiana::seal {

/// Fills with random bytes of the operating system through OpenSSL. Errors: crypto_failed.
void fill_random(MutableBytes out);

/// The same for many small pieces, drawn at once: OpenSSL takes as long for twelve bytes as for
/// hundreds. Each byte is given once and wiped here. One thread.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  ~Random();

  /// Errors: crypto_failed.
  void fill(MutableBytes out);

 private:
  std::array<std::uint8_t, 1024> drawn_;
  std::size_t num_left_ = 0;  // at the end
};

}  // namespace morgiana::seal
