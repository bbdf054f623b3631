#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "morgiana/gallery.hpp"
#include "output.hpp"
#include "place.hpp"

namespace morgiana::cli {

/// Whose references are enrolled or updated, and how: the options that both verbs have.
struct EnrolmentOptions {
  Place place;
  std::string embeddings;
  std::string ids;
  std::string id;
  Cohorts cohorts;
  std::uint64_t max_threads = 1;
  EnrolChecks checks;
  std::uint64_t max_hub_matches = EnrolChecks{}.max_hub_matches;
};

void add_enrolment(CLI::App& verb, EnrolmentOptions& options);

/// An open gallery, and what it shall hold.
struct Enrolments {
  Gallery gallery;
  std::vector<Enrolment> subjects;
  std::size_t num_references;
};

/// Reads the files, then opens the gallery. Errors: those of read_npy, read_ids and templates;
/// invalid_argument (another number of ids).
Enrolments read_enrolments(const EnrolmentOptions& options);

/// Shows "<verb> 512 of 20000" while it works.
EnrolOptions shown(const std::string& verb, const EnrolmentOptions& options,
                   const Progress& progress);

/// "2 subjects with 3 references".
std::string counted(const Enrolments& enrolments);

}  // namespace morgiana::cli
