#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "threads.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  std::string backup;
  Place place;
  std::uint64_t max_threads = 1;
};

void run(const Options& options) {
  const std::optional<Anchor> anchor = anchor_of(options.place.anchor);
  if (!anchor) {
    throw Error(Errc::invalid_argument,
                "an anchor is named by --anchor or --anchor-token, as it says who was revoked "
                "since the backup. Where the gallery never had one, that is not known: a copy of "
                "the backup opens as it is, and lets them in");
  }
  const Restoration restored = [&] {
    const Progress progress("restoring " + options.place.gallery);
    return Gallery::restore(
        options.backup, options.place.gallery,
        {source_of(options.place.key), *anchor, threads(options.max_threads),
         [&progress](std::uint64_t num_done, std::uint64_t num_all) {
           progress.show("copied " + std::to_string(num_done) + " of " + counted(num_all, "page"));
         }});
  }();
  std::string text =
      "restored " + options.place.gallery + " with " + counted(restored.num_subjects, "subject") +
      "; left out, as removed or updated since: " + counted(restored.revoked.size(), "subject") +
      "\n";
  for (const SubjectId& id : restored.revoked) text += id.str() + "\n";
  print(text);
}

}  // namespace

void add_restore(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand(
      "restore", "Make a gallery of a backup, without whom the lost one has revoked since");
  verb.add_option("backup", options->backup, "What morgiana backup made")->required();
  add_place(verb, options->place);
  add_threads(verb, options->max_threads);
  explain(verb,
          "The anchor is that of the lost gallery: it knows who was revoked, and is moved to the "
          "new one. Prints the ids of those who are left out, a line each; who was updated among "
          "them enrols again, as the backup has the old reference. Nothing is overwritten: move "
          "away what is left of the old gallery first.");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
