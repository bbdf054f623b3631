#include <memory>

#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  KeyOptions new_key;
  bool create_key = false;
};

void run(const Options& options) {
  const KeySource from = source_of(options.place.key);
  const KeySource to = options.create_key ? create_source(options.new_key)
                                          : source_of(options.new_key, Passphrase::fresh);
  Gallery::change_key(options.place.gallery, from, to);
  print(options.place.gallery + " is opened by " + to.name() + " now, and no longer by " +
        from.name() + "\n");
}

}  // namespace

void add_change_key(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb =
      *app.add_subcommand("change-key", "Change what opens a gallery, also while it is in use");
  add_unread_place(verb, options->place);
  add_key(verb, options->new_key, "new-");
  verb.add_flag("--create-key", options->create_key,
                "Make the new key too: the file, or in the token");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
