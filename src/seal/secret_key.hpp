#pragma once

#include <array>

#include "seal/random.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// 256 secret bits: moved, never copied, compared or printed; wiped when destroyed or moved from.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  static SecretKey random();
  static SecretKey random(Random& from);
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
