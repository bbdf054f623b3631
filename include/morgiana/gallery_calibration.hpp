#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "morgiana/calibration.hpp"
#include "morgiana/execution.hpp"
#include "morgiana/gallery.hpp"
#include "morgiana/subject_id.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

using SubjectPair = std::pair<SubjectId, SubjectId>;

/// Whom to compare with whom, and what to name.
struct CalibrateOptions {
  /// Who is enrolled and how they were photographed: the evidence's `data`, one line.
  std::string data;
  Cohorts cohorts = {};  // who shares one of them
  /// Subjects that were found to be one person, or labelled wrongly: they count as not compared.
  std::vector<SubjectPair> excluded = {};
  /// Pairs that reach `duplicate` are named, and who reaches `hub` with more than max_hub_matches.
  EnrolChecks checks = {};
  std::uint64_t max_subjects = 20'000;  // more are drawn evenly from those enrolled
  Execution execution = {};
  /// Told how many references were compared with all, of how many. What it throws ends the call. It
  /// may search the gallery, and must not close it.
  std::function<void(std::uint64_t num_done, std::uint64_t num_all)> progress = {};
};

/// What the references of a gallery say of themselves. Rates and names, no score.
struct GalleryCalibration {
  /// The least number of subjects: with fewer, rates would tell scores, and support nothing.
  static constexpr std::uint64_t kLeastSubjects = 100;
  static constexpr std::size_t kMostNamed = 1000;  // of either list

  /// FMR and FPIR among those compared. Without FNMR: references of one subject are mostly of one
  /// sitting, and say nothing of a gate.
  Calibration calibration;
  std::vector<SubjectPair> duplicates;  // the highest score first, not those excluded
  std::vector<SubjectId> hubs;          // most matches first
  std::uint64_t num_subjects;           // that were compared
  std::uint64_t num_references;
};

}  // namespace morgiana
