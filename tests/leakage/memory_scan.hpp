#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_set>

#include "types/bytes.hpp"

namespace morgiana::test {

/// Looks for secrets in all memory that this process may write: heap, stacks, mappings. Holds them
/// masked itself.
class MemoryScan {
 public:
  /// Eight bytes of the secret are enough to be found, at any address.
  void look_for(ByteView secret);

  /// At how many addresses such a piece lies.
  std::size_t num_found() const;

 private:
  static constexpr std::uint64_t kMask = 0x5A5AC3C396966969;

  bool is_secret(std::uint64_t word) const;
  std::size_t num_found(std::uintptr_t begin, std::uintptr_t end) const;

  std::unordered_set<std::uint64_t> masked_;
  std::unique_ptr<std::bitset<65536>> starts_ = std::make_unique<std::bitset<65536>>();
};

}  // namespace morgiana::test
