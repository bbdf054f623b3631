#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "morgiana/search.hpp"

namespace morgiana {

/// The subjects found for one probe: the best of them, and how many reach the threshold. What it
/// keeps does not grow with their number.
class Ranking {
 public:
  /// `accept`: of what is a candidate.
  Ranking(const IdentifyOptions& options, Score accept);

  /// References of one subject come one after the other.
  void add(std::uint64_t subject_key, const std::string& subject, Score score);

  struct Best {
    std::uint64_t subject_key;
    Score score;
  };
  /// Of all that were added; one of them where several are level.
  const std::optional<Best>& best() const noexcept { return best_; }

  Identification answer(Searched searched, const std::optional<ResolvedRisk>& resolved) &&;

 private:
  void keep_best();

  const IdentifyOptions& options_;
  Score accept_;
  std::size_t num_best_;              // that an answer can show
  std::vector<ScoredSubject> found_;  // that of last_key_ at the end
  std::optional<std::uint64_t> last_key_;
  std::optional<Best> best_;
  std::uint64_t num_dropped_ = 0;  // that reach the threshold
};

}  // namespace morgiana
