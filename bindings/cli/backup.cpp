#include <memory>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::string to;
};

void run(const Options& options) {
  const Gallery gallery = open(options.place);
  {
    const Progress progress("copying " + options.place.gallery);
    gallery.backup(
        options.to, {[&progress](std::uint64_t num_done, std::uint64_t num_all) {
          progress.show("copied " + std::to_string(num_done) + " of " + counted(num_all, "page"));
        }});
  }
  print("copied " + options.place.gallery + " to " + options.to + "; the same key opens it\n");
}

}  // namespace

void add_backup(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  options->place.follow = true;  // works where nobody has it open, too
  CLI::App& verb = *app.add_subcommand(
      "backup", "Copy to a new gallery, also while another process has it open");
  add_place(verb, options->place);
  verb.add_option("to", options->to, "The new gallery; nothing is overwritten")->required();
  explain(
      verb,
      "The backup is a gallery of its own, with a copy of the keyset. Opened in the place of the "
      "gallery it brings back whom that one has revoked since: morgiana restore leaves them out.");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
