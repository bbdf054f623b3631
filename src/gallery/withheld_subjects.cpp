#include "gallery/withheld_subjects.hpp"

#include <algorithm>

namespace morgiana {
bool WithheldSubjects::is_compared(std::uint64_t subject_key) const noexcept {
  return std::binary_search(compared.begin(), compared.end(), subject_key);
}

void WithheldBest::add(std::uint64_t subject_key, Score score) {
  if (score_ && score <= *score_) return;
  subject_key_ = subject_key;
  score_ = score;
}

bool WithheldBest::contests(Score best, float margin) const noexcept {
  if (!score_) return false;
  const double lead = double{best.cosine} - double{score_->cosine};
  return !(lead > 0.0 && lead >= double{margin});
}

}  // namespace morgiana
