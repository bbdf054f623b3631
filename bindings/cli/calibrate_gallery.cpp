#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "help.hpp"
#include "morgiana/calibration_departure.hpp"
#include "morgiana/calibration_file.hpp"
#include "morgiana/gallery_calibration.hpp"
#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "threads.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  CalibrateOptions how{};
  std::vector<std::string> excluded;  // two ids after each other
  std::string beside;
  std::uint64_t max_threads = 1;
  std::uint64_t max_hub_matches = EnrolChecks{}.max_hub_matches;
};

CalibrateOptions asked(const Options& options, const Progress& progress) {
  CalibrateOptions how = options.how;
  for (std::size_t i = 0; i + 1 < options.excluded.size(); i += 2) {
    how.excluded.emplace_back(options.excluded[i], options.excluded[i + 1]);
  }
  how.checks.max_hub_matches = options.max_hub_matches;
  how.execution = threads(options.max_threads);
  how.progress = [&progress](std::uint64_t num_done, std::uint64_t num_all) {
    progress.show("compared " + std::to_string(num_done) + " of " + counted(num_all, "reference"));
  };
  return how;
}

std::string described(const ObservedRate& rate) {
  std::ostringstream text;
  text.precision(2);
  text << std::scientific << rate.value << " (" << rate.bounds.low << " to " << rate.bounds.high
       << ")";
  return text.str();
}

std::string described(const GalleryCalibration& found) {
  std::string lines = "compared " + counted(found.num_subjects, "subject") + ", " +
                      counted(found.num_references, "reference") + "\n";
  for (const auto& [one, other] : found.duplicates) {
    lines += "duplicate\t" + one.str() + '\t' + other.str() + '\n';
  }
  for (const SubjectId& one : found.hubs) lines += "hub\t" + one.str() + '\n';
  return lines;
}

std::string described(const std::vector<CalibrationDeparture>& found, const std::string& beside) {
  if (found.empty()) return "agrees with " + beside + "\n";
  std::string lines;
  for (const CalibrationDeparture& one : found) {
    lines += "departs from " + beside + " at " + std::to_string(one.threshold.cosine) + ": FMR " +
             described(one.here) + " here, " + described(one.there) + " there\n";
  }
  return lines;
}

/// Refused where the gallery contradicts what it was held against: that calibration is not for it.
int run(const Options& options) {
  std::optional<Calibration> beside;
  if (!options.beside.empty()) beside = load_calibration(options.beside);
  const Gallery gallery = open(options.place, threads(options.max_threads));
  const GalleryCalibration found = [&] {
    const Progress progress("comparing");
    return gallery.calibrate(asked(options, progress));
  }();
  print(to_json(found.calibration));
  std::cerr << described(found);
  if (!beside) return kSuccess;
  const auto departed = departures(found.calibration, *beside);
  std::cerr << described(departed, options.beside);
  return departed.empty() ? kSuccess : kRefused;
}

}  // namespace

void add_calibrate_gallery(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand(
      "calibrate-gallery", "Print what scores stand for among the people enrolled, as JSON");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  verb.add_option("--data", options->how.data,
                  "Who is enrolled and how they were photographed, one line")
      ->required()
      ->type_name("TEXT");
  add_whole_number(verb, "--cohorts", options->how.cohorts.bits, 1,
                   std::numeric_limits<std::uint64_t>::max(),
                   "Compare who shares a bit with this mask, such as 0x5; everybody without it")
      ->type_name("MASK");
  verb.add_option("--exclude", options->excluded,
                  "Two subjects that are one person: not compared with each other; may be repeated")
      ->type_name("ID ID")
      ->type_size(2)
      ->allow_extra_args(false);
  add_number(verb, "--duplicates-at", options->how.checks.duplicate.at_least.cosine, -1, 1,
             "Name the pairs of subjects that score so much");
  add_number(verb, "--hubs-at", options->how.checks.hub.at_least.cosine, -1, 1,
             "Name who scores so much with more than --max-hub-matches others");
  add_whole_number(verb, "--max-hub-matches", options->max_hub_matches, 0,
                   std::numeric_limits<std::uint32_t>::max(), "10 without it");
  add_whole_number(verb, "--max-subjects", options->how.max_subjects, 100,
                   std::numeric_limits<std::uint32_t>::max(),
                   "More are drawn evenly; 20000 without it");
  verb.add_option("--beside", options->beside, "Hold it against this calibration of the same model")
      ->type_name("FILE");
  add_threads(verb, options->max_threads);
  explain(verb,
          "The calibration goes to standard output, for --calibration of identify. Standard error "
          "tells how many were compared, duplicates and hubs, and where --beside is contradicted.",
          "the gallery contradicts --beside");
  verb.callback([options, &status] { status = run(*options); });
}

}  // namespace morgiana::cli
