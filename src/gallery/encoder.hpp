#pragma once

#include <cstdint>
#include <span>

#include "gallery/plaintext.hpp"
#include "index/code.hpp"
#include "index/rotation.hpp"

namespace morgiana {

/// Rotates and codes references.
class Encoder {
 public:
  explicit Encoder(const index::Rotation& rotation)
      : rotation_(rotation), rotated_(rotation.dim()) {}

  /// Shape: values [dim], a code of as many dimensions.
  void encode(std::span<const float> values, index::Code& code) {
    rotation_.apply(values, rotated_.span());
    index::encode(rotated_.span(), code);
  }

 private:
  const index::Rotation& rotation_;
  Plaintext rotated_;
};

}  // namespace morgiana
