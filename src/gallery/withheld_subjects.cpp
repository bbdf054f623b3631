#include "gallery/withheld_subjects.hpp"

#include <algorithm>

#include "gallery/reference_reader.hpp"
#include "index/exact_score.hpp"
#include "types/reference_key.hpp"

namespace morgiana {
namespace {

/// All references of a subject; empty where it is gone.
std::vector<Template> references_of(const Parts& parts, ReferenceReader& reader,
                                    std::uint64_t subject_key) {
  std::vector<Template> all;
  for (std::uint32_t number = 0; number <= kMaxReferenceNumber; ++number) {
    const auto values = reader.read(reference_key(subject_key, number));
    if (values.empty()) break;
    all.emplace_back(parts.vault.gallery().model, values);
  }
  return all;
}

}  // namespace

bool WithheldSubjects::is_compared(std::uint64_t subject_key) const noexcept {
  return std::binary_search(compared.begin(), compared.end(), subject_key);
}

std::optional<bool> resembles(const Parts& parts, const store::Snapshot& records,
                              std::uint64_t subject_key, std::span<const std::uint64_t> others,
                              Score least) {
  ReferenceReader reader(records, parts.vault);
  const std::vector<Template> own = references_of(parts, reader, subject_key);
  if (own.empty()) return std::nullopt;
  for (const std::uint64_t other : others) {
    for (const Template& theirs : references_of(parts, reader, other)) {
      for (const Template& one : own) {
        const Score score = index::exact_score(parts.kernels, one.values(), theirs.values());
        if (detail::reaches(score, least)) return true;
      }
    }
  }
  return false;
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
