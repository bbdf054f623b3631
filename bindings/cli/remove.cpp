#include <memory>
#include <string>
#include <vector>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::vector<std::string> ids;
};

void run(const Options& options) {
  const std::vector<SubjectId> subjects(options.ids.begin(), options.ids.end());
  Gallery gallery = open(options.place);
  const Removal removal = gallery.remove(subjects);
  print("removed " + counted(removal.num_removed, "subject") + " by commit " +
        std::to_string(removal.commit) + "; their sealed bytes are " + described(removal.erasure) +
        "\n");
}

}  // namespace

void add_remove(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("remove", "Revoke subjects, all or none");
  add_place(verb, options->place);
  // One value at a time, or the first --id would take the gallery that follows it.
  verb.add_option("--id", options->ids, "A subject; may be repeated")
      ->required()
      ->allow_extra_args(false);
  explain(verb,
          "Prints by which commit, for erasure-receipt. What the disk may have kept of them is "
          "unreadable after purge.");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
