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

std::vector<std::uint64_t> NearMisses::take() && {
  finish();
  return std::move(found_);
}

void NearMisses::finish() {
  if (!last_) return;
  const auto [subject_key, best] = *last_;
  last_.reset();
  const bool is_near = double{best.cosine} >= double{accept_.cosine} - double{band_};
  if (is_near && !detail::reaches(best, accept_)) found_.push_back(subject_key);
}

}  // namespace morgiana
