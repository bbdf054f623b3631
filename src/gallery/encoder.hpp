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
      : rotation_(rotation), rotated_(rotation.dim()), code_(rotation.dim()) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { wipe(rotated_.data(), rotated_.size() * sizeof(float)); }

  /// Shape: values [dim].
  void append(index::Draft& draft, std::uint64_t reference, std::uint64_t cohorts,
              std::span<const float> values) {
    rotation_.apply(values, rotated_);
    index::encode(rotated_, code_);
    draft.append({reference, cohorts, code_, values});
  }

 private:
  const index::Rotation& rotation_;
  std::vector<float> rotated_;
  index::Code code_;
};

}  // namespace morgiana
