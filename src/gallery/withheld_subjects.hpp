#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "morgiana/types.hpp"

namespace morgiana {

/// Withheld subjects whom one search would compare. None of them is an answer; yet a face that is
/// nearer to one of them than to whom it would be taken for, or less than the margin behind, is no
/// answer either: else who is withheld would pass as who resembles him. Subject keys, ascending.
struct WithheldSubjects {
  std::vector<std::uint64_t> compared;  // with the probes, for the margin alone
  std::vector<std::uint64_t> silent;    // not any more: with any of them there is no answer at all

  std::size_t size() const noexcept { return compared.size() + silent.size(); }
  bool is_compared(std::uint64_t subject_key) const noexcept;
};

/// The best withheld subject of one probe.
class WithheldBest {
 public:
  void add(std::uint64_t subject_key, Score score);

  /// Whether an answer with this best score would be one of the withheld subject's.
  bool contests(Score best, float margin) const noexcept;
  std::uint64_t subject_key() const noexcept { return subject_key_; }

 private:
  std::uint64_t subject_key_ = 0;
  std::optional<Score> score_;
};

}  // namespace morgiana
