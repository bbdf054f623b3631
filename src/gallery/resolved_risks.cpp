#include "gallery/resolved_risks.hpp"

#include <algorithm>
#include <utility>

namespace morgiana {

ResolvedRisk ResolvedRisks::resolve(const std::shared_ptr<const Calibration>& calibration,
                                    const Risk& risk, std::uint64_t num_subjects,
                                    std::uint64_t num_references) {
  if (num_subjects == 0) {
    return {{}, {.support = Support::unsupported, .why = "nobody is there to compare"}, {}};
  }
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
      return kept.calibration == calibration && kept.risk == risk &&
             kept.num_subjects == num_subjects && kept.num_references == num_references;
    });
    if (found != kept_.end()) return found->resolved;
  }
  const ResolvedRisk resolved =
      calibration->threshold_for(risk.at_most, {num_subjects, num_references, risk.num_probes});
  const std::lock_guard lock(mutex_);
  Kept kept{calibration, risk, num_subjects, num_references, resolved};
  if (kept_.size() < kMostKept) {
    kept_.push_back(std::move(kept));
  } else {
    kept_[oldest_] = std::move(kept);
    oldest_ = (oldest_ + 1) % kMostKept;
  }
  return resolved;
}

}  // namespace morgiana
