#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/code.hpp"
#include "index/draft.hpp"
#include "index/rotation.hpp"
#include "types/wipe.hpp"

namespace morgiana {

/// Rotates, codes and appends references, in buffers that are used again and wiped at the end.
class Encoder {
 public:
  explicit Encoder(const index::Rotation& rotation)
      : rotation_(rotation), rotated_(rotation.dim()), codes_(rotation.dim()) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { wipe(rotated_.data(), rotated_.size() * sizeof(float)); }

  /// Shape: values [dim].
  void append(index::Draft& draft, std::uint64_t reference, std::span<const float> values) {
    rotation_.apply(values, rotated_);
    const index::CodeBound bound = index::encode(rotated_, codes_);
    draft.append(reference, codes_, bound);
  }

 private:
  const index::Rotation& rotation_;
  std::vector<float> rotated_;
  std::vector<std::uint8_t> codes_;
};

}  // namespace morgiana
