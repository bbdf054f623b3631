#pragma once

#include <cstdint>
#include <string_view>

#include "seal/binding.hpp"
#include "seal/secret_key.hpp"

namespace morgiana::test {

/// A key whose bytes are first, first + 1, ...
inline seal::SecretKey counting_key(std::uint8_t first) {
  std::array<std::uint8_t, seal::SecretKey::kBytes> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return seal::SecretKey(bytes);
}

inline Bytes counting_bytes(std::size_t num_bytes) {
  Bytes bytes(num_bytes);
  for (std::size_t i = 0; i < num_bytes; ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + 11);
  return bytes;
}

inline Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline Bytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Bytes bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  }
  return bytes;
}

inline seal::GalleryIdentity sample_gallery() {
  seal::GalleryIdentity gallery{1, {}, {"sface-2021dec", 128}};
  for (std::size_t i = 0; i < gallery.uuid.size(); ++i) {
    gallery.uuid[i] = static_cast<std::uint8_t>(0xA0 + i);
  }
  return gallery;
}

}  // namespace morgiana::test
