#include "seal/transcript.hpp"

#include <array>

namespace morgiana::seal {

Transcript::Transcript(std::string_view domain) {
  bytes_.reserve(256);
  add(domain);
}

Transcript& Transcript::add(std::uint64_t value) {
  std::array<std::uint8_t, sizeof value> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> 8 * i & 0xFF);
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Transcript& Transcript::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  return *this;
}

Transcript& Transcript::add(ByteView bytes) {
  add(std::uint64_t{bytes.size()});
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

}  // namespace morgiana::seal
