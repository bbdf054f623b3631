#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

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

/// Units that multiply bytes of codes with bytes of queries.
struct Multiplier {
  const char* tier;  // that uses it
  std::size_t products_per_round;
  /// Multiplies in registers and nothing else. Throws where the sum is wrong.
  void (*multiply)(std::size_t num_rounds);
};

/// Those of this machine, fastest first.
std::vector<Multiplier> multipliers();

}  // namespace morgiana::bench
