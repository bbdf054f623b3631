#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/pages.hpp"

// What the machine gives at most: the roof that every speed is compared with.
namespace morgiana::bench {

/// Memory as an index has it, filled with ones.
class Ones {
 public:
  explicit Ones(std::size_t num_bytes);
  std::span<const std::uint64_t> words() const { return words_; }

 private:
  index::Pages pages_;
  std::span<std::uint64_t> words_;
};

/// Reads as wide as the machine can: a narrow loop would set the roof too low.
std::uint64_t sum(std::span<const std::uint64_t> words);

/// A round of integer products: multiplications of a byte of a code with a byte of a query.
inline constexpr std::size_t kProductsPerRound = std::size_t{24} * 64;

/// Whether the machine multiplies as the fastest tier does.
bool has_integer_products();

/// Multiplies in registers as often as it is told. Throws where the sum is wrong.
void multiply(std::size_t num_rounds);

}  // namespace morgiana::bench
