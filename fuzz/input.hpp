#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "morgiana/error.hpp"
#include "types/bytes.hpp"

namespace morgiana::fuzz {

/// Takes an input apart from its front; where it is used up there are zeros.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t num_bytes) : rest_(data, num_bytes) {}

  std::uint64_t number(std::size_t num_bytes) {
    std::uint64_t value = 0;
    const ByteView taken = bytes(num_bytes);
    for (std::size_t i = 0; i < taken.size(); ++i) value |= std::uint64_t{taken[i]} << (8 * i);
    return value;
  }

  /// So many at most.
  ByteView bytes(std::size_t num_bytes) {
    const ByteView taken = rest_.first(std::min(num_bytes, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  bool is_empty() const { return rest_.empty(); }
  ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

/// A promise of the library; a run ends where one is broken.
inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

/// The code of the Error that `work` throws, none where it returns. Whatever else leaves it ends
/// the run.
template <class Work>
std::optional<Errc> refusal(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

/// Something genuine with the input laid over it: bits of the input that are set are flipped there,
/// and what is longer is appended.
inline Bytes changed(ByteView genuine, ByteView input) {
  Bytes bytes(genuine.begin(), genuine.end());
  bytes.resize(std::max(bytes.size(), input.size()));
  for (std::size_t i = 0; i < input.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ input[i]);
  }
  return bytes;
}

inline bool is_same(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace morgiana::fuzz
