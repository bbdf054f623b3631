#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Thresholds of risks that were asked for before: a door asks for the same one all day, and a
/// calibration takes some hundred µs to answer. Threads: from many at once.
class ResolvedRisks {
 public:
  /// Of so many subjects with so many references. Nobody has no risk: unsupported.
  ResolvedRisk resolve(const std::shared_ptr<const Calibration>& calibration, const Risk& risk,
                       std::uint64_t num_subjects, std::uint64_t num_references);

 private:
  /// Who asks of phone digits asks of a hundred populations.
  static constexpr std::size_t kMostKept = 256;

  struct Kept {
    std::shared_ptr<const Calibration> calibration;  // held, so that no other one has its address
    Risk risk;
    std::uint64_t num_subjects;
    std::uint64_t num_references;
    ResolvedRisk resolved;
  };

  std::mutex mutex_;
  std::vector<Kept> kept_;
  std::size_t oldest_ = 0;
};

}  // namespace morgiana
