#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "types/bytes.hpp"

namespace morgiana::seal {

/// The bytes that a MAC or a binding covers: integers as 8 bytes little-endian, everything of
/// variable length behind its length, so that no two sequences of fields give the same bytes.
class Transcript {
 public:
  explicit Transcript(std::string_view domain);
  Transcript& add(std::uint64_t value);
  Transcript& add(std::string_view text);
  Transcript& add(ByteView bytes);
  /// Takes away all but the first bytes.
  void cut(std::size_t num_bytes) { bytes_.resize(num_bytes); }
  ByteView view() const noexcept { return bytes_; }
  Bytes take() && noexcept { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace morgiana::seal
