#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/code.hpp"
#include "index/rotation.hpp"
#include "types/wipe.hpp"

namespace morgiana {

/// Rotates and codes references, in a buffer that is used again and wiped at the end.
class Encoder {
 public:
  explicit Encoder(const index::Rotation& rotation)
      : rotation_(rotation), rotated_(rotation.dim()) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { wipe(rotated_.data(), rotated_.size() * sizeof(float)); }

  /// Shape: values [dim], a code of as many dimensions.
  void encode(std::span<const float> values, index::Code& code) {
    rotation_.apply(values, rotated_);
    index::encode(rotated_, code);
  }

 private:
  const index::Rotation& rotation_;
  std::vector<float> rotated_;
};

}  // namespace morgiana
