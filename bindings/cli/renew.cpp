#include <memory>
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
};

Renewal renew(const Options& options) {
  const Execution execution = threads(options.max_threads);
  Gallery gallery = open(options.place, execution);
  const Progress progress("renewing the keys of " + options.place.gallery);
  return gallery.renew({execution, [&](std::uint64_t num_done, std::uint64_t num_all) {
                          progress.show("renewed " + std::to_string(num_done) + " of " +
                                        counted(num_all, "subject"));
                        }});
}

}  // namespace

void add_renew(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand(
      "renew", "Renew all keys and the rotation of the codes; nobody enrols again");
  add_place(verb, options->place);
  add_threads(verb, options->max_threads);
  explain(verb, "Destroys the old keys as purge does. Refusals are counted anew.");
  verb.callback([options, &status] {
    const Renewal done = renew(*options);
    print("renewed " + counted(done.num_renewed, "subject") + "; the old keys are destroyed, " +
          fate_of_keyset(done.is_overwritten) + "\n");
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
