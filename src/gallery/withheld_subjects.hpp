#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "gallery/parts.hpp"
#include "morgiana/search.hpp"
#include "store/database.hpp"

namespace morgiana {

/// Withheld subjects of one search. None of them is an answer; yet a stranger's face that is nearer
/// to one of them than to whom it would be taken for, or less than the margin behind, is no answer
/// either: else who is withheld would pass as who resembles him. Subject keys, ascending.
struct WithheldSubjects {
  std::vector<std::uint64_t> compared;  // with the probes, for the margin alone
  std::vector<std::uint64_t> silent;    // not any more: their references stand in for the probe

  std::size_t size() const noexcept { return compared.size() + silent.size(); }
  bool is_compared(std::uint64_t subject_key) const noexcept;
};

/// Whether references of the first subject and of one of the others score `least`. Errors:
/// not_authentic; none where the first one is gone.
std::optional<bool> resembles(const Parts& parts, const store::Snapshot& records,
                              std::uint64_t subject_key, std::span<const std::uint64_t> others,
                              Score least);

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
