#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace morgiana::test {

/// One call and what it told of one subject. Times are of one clock for all threads and processes.
struct Call {
  std::uint64_t begin_ns;
  std::uint64_t end_ns;
  std::uint32_t subject;
  std::uint8_t is_write;
  std::uint8_t states;  // a bit a state: the one that was written, those that a reading allows
};

/// A reading that no order of the calls explains.
struct Violation {
  Call reading;
  std::size_t
      first;  // states that it could have seen: written by calls [first, last] of its subject
  std::size_t last;
};

/// Whether calls took effect at one instant each, between their begin and end. The writes of one
/// subject must not overlap; every subject begins in `first_state`.
std::vector<Violation> check_history(std::span<const Call> calls, std::uint8_t first_state);

}  // namespace morgiana::test
