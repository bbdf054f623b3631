#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "morgiana/types.hpp"

namespace morgiana {

/// The subjects of one answer whose best score is below the threshold by a little.
class NearMisses {
 public:
  NearMisses(Score accept, float band) : accept_(accept), band_(band) {}

  /// References of one subject come one after the other.
  void add(std::uint64_t subject_key, Score score);
  std::vector<std::uint64_t> take() &&;

 private:
  void finish();

  Score accept_;
  float band_;
  std::optional<std::pair<std::uint64_t, Score>> last_;
  std::vector<std::uint64_t> found_;
};

}  // namespace morgiana
