#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "gallery/parts.hpp"
#include "gallery/plaintext.hpp"
#include "morgiana/calibration_estimate.hpp"
#include "morgiana/execution.hpp"
#include "parallel/deadline.hpp"

namespace morgiana {

class ReferenceReader;

/// References of one state of a gallery, each compared with those of all other subjects. The pairs
/// that it keeps hold scores: they stay in the library, for an estimate.
class SelfComparison {
 public:
  using Progress = std::function<void(std::uint64_t num_done, std::uint64_t num_all)>;

  /// Of `max_subjects`, drawn evenly, and their first eight references.
  SelfComparison(const Parts& parts, const State& state, std::uint64_t cohorts,
                 std::uint64_t max_subjects, const Execution& execution);

  /// Subject keys, ascending: the identities of the estimate.
  std::span<const std::uint64_t> subjects() const noexcept { return subjects_; }
  /// Of each reference, in ascending order, its place in `subjects`.
  std::span<const std::uint32_t> identity_of() const noexcept { return identity_of_; }

  /// Compares. Errors: not_authentic; deadline_exceeded; executor_failed; what `progress` throws.
  void run(const Progress& progress);

  /// The least score of a pair that was kept.
  float floor() const noexcept { return floor_; }
  std::span<const ImagePair> mated() const noexcept { return mated_; }
  std::span<const ImagePair> non_mated() const noexcept { return non_mated_; }

 private:
  /// Some references, opened.
  struct Opened {
    std::size_t first;
    std::size_t count;
  };

  void choose(std::uint64_t cohorts, std::uint64_t max_subjects);
  std::span<float> values(std::size_t place) {
    return plain_.span().subspan(place * parts_.dim(), parts_.dim());
  }
  void open(std::size_t place, std::uint64_t reference, ReferenceReader& reader);
  float sampled_floor();
  void compare_mated(Opened some);
  void compare_non_mated(Opened some);
  void raise_floor();

  const Parts& parts_;
  const State& state_;
  std::uint64_t cohorts_;
  const Execution& execution_;
  parallel::Deadline deadline_;
  std::vector<std::uint64_t> subjects_;
  std::vector<std::uint64_t> references_;
  std::vector<std::uint32_t> identity_of_;
  Plaintext plain_;
  float floor_ = 1.0F;
  std::vector<ImagePair> mated_;
  std::vector<ImagePair> non_mated_;
};

}  // namespace morgiana
