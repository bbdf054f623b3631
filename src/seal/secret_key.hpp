#pragma once

#include <array>

#include "types/bytes.hpp"

namespace morgiana::seal {

/// Fills with random bytes of the operating system through OpenSSL. Errors: crypto_failed.
void fill_random(MutableBytes out);

/// 256 secret bits: moved, never copied, compared or printed; wiped when destroyed or moved from.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  static SecretKey random();
  explicit SecretKey(std::span<const std::uint8_t, kBytes> bytes) noexcept;
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  std::span<const std::uint8_t, kBytes> bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, kBytes> bytes_;
};

}  // namespace morgiana::seal
