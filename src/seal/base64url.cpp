#include "seal/base64url.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "types/text.hpp"

namespace morgiana::seal {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> values_of_digits() {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t& value : values) value = kNone;
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> kValues = values_of_digits();

}  // namespace

std::string base64url(ByteView bytes) {
  const std::size_t num_whole = bytes.size() / 3;
  std::string text((bytes.size() * 4 + 2) / 3, '\0');
  char* out = text.data();
  const auto put = [&](std::uint32_t bits, std::size_t num_digits) {
    for (std::size_t k = 0; k < num_digits; ++k) *out++ = kDigits[bits >> (18 - 6 * k) & 63U];
  };
  const std::uint8_t* in = bytes.data();
  for (std::size_t i = 0; i < num_whole; ++i, in += 3) {
    put(std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8 | in[2], 4);
  }
  if (bytes.size() % 3 == 1) put(std::uint32_t{in[0]} << 16, 2);
  if (bytes.size() % 3 == 2) put(std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8, 3);
  return text;
}

std::string base64url(std::string_view text) {
  return base64url(as_bytes(text));
}

std::optional<Bytes> from_base64url(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned num_bits = 0;  // that wait for a byte
  for (const char digit : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(digit)];
    if (value == kNone) return std::nullopt;
    bits = (bits << 6 | value) & 0xFFFU;
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> num_bits));
  }
  const bool is_canonical = num_bits < 6 && (bits & ((1U << num_bits) - 1U)) == 0;
  if (!is_canonical) return std::nullopt;
  return bytes;
}

}  // namespace morgiana::seal
