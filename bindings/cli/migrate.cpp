#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "embeddings.hpp"
#include "help.hpp"
#include "morgiana/migration.hpp"
#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "threads.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place older;
  Place newer;
  std::string older_probes;
  std::string newer_probes;
  MigrationPolicy policy{};
  PassOptions pass{};
  std::uint64_t max_threads = 1;
};

/// Row i of both files is one photograph.
struct Photographs {
  explicit Photographs(const Options& options)
      : older(read_npy(options.older_probes)), newer(read_npy(options.newer_probes)) {
    if (older.num_rows == newer.num_rows) return;
    throw Error(Errc::invalid_argument,
                options.older_probes + " has " + counted(older.num_rows, "row") + ", and " +
                    options.newer_probes + " has " + counted(newer.num_rows, "row") +
                    "; row i of both is one photograph");
  }

  Matrix older;
  Matrix newer;
};

void refuse_one_gallery(const Options& options) {
  std::error_code unknown;
  if (!std::filesystem::equivalent(options.older.gallery, options.newer.gallery, unknown)) return;
  throw Error(Errc::invalid_argument, "the older gallery " + options.older.gallery +
                                          " and the newer one " + options.newer.gallery +
                                          " are one; name two");
}

/// Tabs between the fields, as an id can hold spaces but no control character.
void append_line(std::ostream& out, std::size_t row, const Pass& pass) {
  out << row << '\t' << name(pass.decision.outcome) << '\t' << name(pass.decision.reason) << '\t'
      << (pass.decision.subject ? pass.decision.subject->str() : "-") << '\t'
      << name(pass.reenrolment);
  if (pass.error) out << '\t' << name(pass.error->code()) << ": " << pass.error->what();
  out << '\n';
}

/// Success only where every pass is granted, as of identify.
int run(const Options& options) {
  refuse_one_gallery(options);
  const Photographs photographs(options);
  Gallery older = open(options.older, threads(options.max_threads));
  Gallery newer = open(options.newer, threads(options.max_threads));
  Migration migration(older, newer, options.policy);
  const std::size_t num_rows = photographs.older.num_rows;
  const std::vector<Template> older_probes =
      templates(options.older_probes, photographs.older, older.stats().model, 0, num_rows);
  const std::vector<Template> newer_probes =
      templates(options.newer_probes, photographs.newer, newer.stats().model, 0, num_rows);
  PassOptions asked = options.pass;
  asked.execution = threads(options.max_threads);
  bool all_granted = num_rows > 0;
  {
    const Progress progress("migrating");
    for (std::size_t row = 0; row < num_rows; ++row) {
      const Pass pass = migration.identify(older_probes[row], newer_probes[row], asked);
      all_granted = all_granted && pass.decision.outcome == Outcome::granted;
      std::ostringstream line;
      append_line(line, row, pass);
      print(line.str());  // at once: what was enrolled is said, whatever becomes of the next pass
      progress.show("passed " + std::to_string(row + 1) + " of " + std::to_string(num_rows));
    }
  }
  const MigrationProgress now = migration.progress();
  print(options.newer.gallery + " has " + std::to_string(now.num_migrated) + " of " +
        counted(now.num_all, "subject") + " of " + options.older.gallery + "\n");
  return all_granted ? kSuccess : kRefused;
}

void add_policy(CLI::App& verb, MigrationPolicy& policy) {
  add_number(verb, "--threshold", policy.older.accept.at_least.cosine, -1, 1,
             "Least score that is accepted by the older model, -1 to 1")
      ->required();
  add_number(verb, "--margin", policy.older.margin, 0, 2,
             "Least lead over the second subject by the older model, 0 to 2; 0 without it");
  add_number(verb, "--new-threshold", policy.newer.accept.at_least.cosine, -1, 1,
             "Least score that is accepted by the newer model, -1 to 1")
      ->required();
  add_number(verb, "--new-margin", policy.newer.margin, 0, 2,
             "Least lead over the second subject by the newer model, 0 to 2; 0 without it");
  add_number(verb, "--enrol-at", policy.enrol_at.at_least.cosine, -1, 1,
             "Least score by the older model with which somebody is enrolled by the newer one; at "
             "least --threshold")
      ->required();
  add_number(verb, "--enrol-margin", policy.enrol_margin, 0, 2,
             "Least lead then; at least --margin")
      ->required();
}

}  // namespace

void add_migrate(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand(
      "migrate", "Let people pass, and enrol by a newer model whom the older one knows");
  verb.add_option("older", options->older.gallery, "The gallery of the older model")->required();
  verb.add_option("newer", options->newer.gallery, "The gallery of the newer model")->required();
  add_key(verb, options->older.key);
  add_anchor(verb, options->older.anchor);
  add_key(verb, options->newer.key, "new-");
  verb.get_option_group("New key")->require_option(1);
  add_anchor(verb, options->newer.anchor, "new-");
  verb.add_option("--probes", options->older_probes,
                  "NumPy file, float32 [n, dim], by the older model")
      ->required();
  verb.add_option("--new-probes", options->newer_probes,
                  "The same photographs, row by row, by the newer model")
      ->required();
  add_policy(verb, options->policy);
  add_whole_number(verb, "--cohorts", options->pass.cohorts.bits, 1,
                   std::numeric_limits<std::uint64_t>::max(),
                   "Compare who shares a bit with this mask, such as 0x5; everybody without it")
      ->type_name("MASK");
  add_caller(verb, options->older, options->pass.caller);
  add_threads(verb, options->max_threads);
  explain(verb,
          "One line a pass, tabs between: row, outcome, reason, granted subject or -, "
          "re-enrolment, and why it failed; at last how far the migration has come.",
          "a pass is not granted");
  verb.callback([options, &status] {
    options->newer.is_uncounted = options->older.is_uncounted;
    status = run(*options);
  });
}

}  // namespace morgiana::cli
