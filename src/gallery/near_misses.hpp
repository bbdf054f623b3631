#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "morgiana/types.hpp"

namespace morgiana {

/// The subjects whom one answer says to be below the threshold: those by a little, and the
/// runner-up.
class NearMisses {
 public:
  NearMisses(Score accept, float band) : accept_(accept), band_(band) {}

  /// References of one subject come one after the other.
  void add(std::uint64_t subject_key, Score score);
  /// `names_runner_up`: the answer shows the best of them.
  std::vector<std::uint64_t> take(bool names_runner_up) &&;

 private:
  void finish();
  bool is_near(Score score) const;

  Score accept_;
  float band_;
  std::optional<std::pair<std::uint64_t, Score>> last_;
  std::vector<std::uint64_t> found_;
  Score best_score_{-2.0F};
  std::vector<std::uint64_t> best_refused_;  // several where they are level
};

}  // namespace morgiana
