#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace morgiana {

inline constexpr std::uint32_t kMinDim = 32;
inline constexpr std::uint32_t kMaxDim = 4096;

/// A comparison score: the cosine of two templates, [-1, 1], higher is closer.
struct Score {
  float cosine;
  friend auto operator<=>(const Score&, const Score&) = default;
};

/// A false match rate (ISO/IEC 19795-1), a probability.
struct Fmr {
  double rate;
};

/// The least score that is accepted, and the risk it stands for where one is known. One that was
/// never set is above every score: searches refuse it and decisions grant nothing.
struct Threshold {
  Score at_least = {2.0F};
  std::optional<Fmr> stands_for = std::nullopt;
};

/// The network whose embeddings are compared. Templates of different models never are.
struct ModelId {
  std::string name;   // 1 to 64 of A-Z a-z 0-9 . _ -
  std::uint32_t dim;  // kMinDim to kMaxDim
  friend bool operator==(const ModelId&, const ModelId&) = default;
};

}  // namespace morgiana
