#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "threads.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::uint64_t max_threads = 1;
  bool json = false;
};

CheckReport report_on(const Options& options) {
  const KeySource key = source_of(options.place.key);
  const std::optional<Anchor> anchor = anchor_of(options.place.anchor);
  const Progress progress("checking " + options.place.gallery);
  return Gallery::check(options.place.gallery,
                        {.key = key,
                         .memory = {.residual_codes = false},  // nothing is searched
                         .execution = threads(options.max_threads),
                         .anchor = anchor});
}

std::string reach_of_erasure(const CheckReport& report) {
  return report.overwrites_in_place
             ? "what is erased is gone from the file system"
             : "what is erased may stay: the file system copies on write, keeps a log or "
               "snapshots, or is not known";
}

/// What SQLite says about one table has several lines.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string lines(const CheckReport& report) {
  std::ostringstream out;
  out << "subjects           " << report.num_subjects << '\n'
      << "references         " << report.num_references << '\n'
      << "commits            " << report.num_commits << '\n'
      << "pending erasures   " << report.num_pending_erasures << '\n'
      << "file system        " << report.file_system << '\n'
      << "erasure            " << reach_of_erasure(report) << '\n'
      << "problems           " << report.problems.size() << '\n';
  for (const std::string& problem : report.problems) {
    out << "problem: " << one_line(problem) << '\n';
  }
  return out.str();
}

/// A problem may name a file, whose bytes need not be UTF-8.
std::string json(const CheckReport& report) {
  const nlohmann::json fields{
      {"num_subjects", report.num_subjects}, {"num_references", report.num_references},
      {"num_commits", report.num_commits},   {"num_pending_erasures", report.num_pending_erasures},
      {"file_system", report.file_system},   {"overwrites_in_place", report.overwrites_in_place},
      {"problems", report.problems}};
  return fields.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand(
      "check", "Authenticate everything, also while another process has the gallery open");
  add_place(verb, options->place);
  add_threads(verb, options->max_threads);
  verb.add_flag("--json", options->json, "Answer in JSON");
  explain(verb, "Prints counts of what is authentic, and a line for each problem.",
          "there is a problem");
  verb.callback([options, &status] {
    const CheckReport report = report_on(*options);
    print(options->json ? json(report) : lines(report));
    status = report.problems.empty() ? kSuccess : kRefused;
  });
}

}  // namespace morgiana::cli
