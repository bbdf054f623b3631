#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "morgiana/calibration.hpp"
#include "morgiana/types.hpp"

namespace morgiana::cli {

/// By which score somebody is accepted: a threshold, or a risk and the calibration that resolves
/// it.
struct Acceptance {
  Threshold threshold;
  double fpir = 0;  // none
  std::uint64_t num_probes = 1;
  std::string calibration;

  bool is_by_risk() const { return !calibration.empty(); }

  /// For the options of a search, or a policy.
  std::optional<Risk> risk() const;
  /// Errors: bad_calibration; not_found; storage_failed.
  std::shared_ptr<const Calibration> load() const;
};

void add_acceptance(CLI::App& verb, Acceptance& acceptance);

/// What a risk came to, in JSON; null of a threshold.
nlohmann::json resolution(const std::optional<ResolvedRisk>& resolved);

}  // namespace morgiana::cli
