#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "data.hpp"
#include "random.hpp"

namespace morgiana::test {

/// IEEE half precision, as numpy stores it; no infinity or NaN.
inline float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023;
  const double size =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return static_cast<float>((bits & 0x8000) != 0 ? -size : size);
}

/// The rows of an array of the shared data ("sface128.f32.npy", "fused512.f16.npy"), unit norm;
/// empty where the data is absent.
inline std::vector<Vector> lfw(const std::string& name, std::uint32_t dim) {
  if (shared_data().empty()) return {};
  std::ifstream file(shared_data() / "lfw" / name, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (bytes.size() < 10) throw std::runtime_error("cannot read " + name);
  std::size_t at = 10 + static_cast<std::uint8_t>(bytes[8]) +
                   256 * std::size_t{static_cast<std::uint8_t>(bytes[9])};
  const bool is_half = name.find("f16") != std::string::npos;
  const std::size_t width = is_half ? 2 : 4;
  std::vector<Vector> rows((bytes.size() - at) / (width * dim), Vector(dim));
  for (Vector& row : rows) {
    for (float& value : row) {
      std::uint16_t half = 0;
      std::memcpy(is_half ? static_cast<void*>(&half) : static_cast<void*>(&value),
                  bytes.data() + at, width);
      if (is_half) value = from_half(half);
      at += width;
    }
    row = Vectors::normalised(std::move(row));
  }
  return rows;
}

}  // namespace morgiana::test
