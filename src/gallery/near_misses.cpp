#include "gallery/near_misses.hpp"

#include <algorithm>

namespace morgiana {

void NearMisses::add(std::uint64_t subject_key, Score score) {
  if (last_ && last_->first == subject_key) {
    last_->second = std::max(last_->second, score);
    return;
  }
  finish();
  last_ = {subject_key, score};
}

std::vector<std::uint64_t> NearMisses::take(bool names_runner_up) && {
  finish();
  if (names_runner_up && !is_near(best_score_)) {
    found_.insert(found_.end(), best_refused_.begin(), best_refused_.end());
  }
  return std::move(found_);
}

bool NearMisses::is_near(Score score) const {
  return double{score.cosine} >= double{accept_.cosine} - double{band_};
}

void NearMisses::finish() {
  if (!last_) return;
  const auto refused = *last_;
  last_.reset();
  if (detail::reaches(refused.second, accept_)) return;
  if (is_near(refused.second)) found_.push_back(refused.first);
  if (refused.second < best_score_) return;
  if (refused.second > best_score_) best_refused_.clear();
  best_score_ = refused.second;
  best_refused_.push_back(refused.first);
}

}  // namespace morgiana
