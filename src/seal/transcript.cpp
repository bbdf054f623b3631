#include "seal/transcript.hpp"

namespace morgiana::seal {

Transcript::Transcript(std::string_view domain) {
  bytes_.reserve(256);
  add(domain);
}

Transcript& Transcript::add(std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
  }
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
