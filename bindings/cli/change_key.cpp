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
  KeyOptions new_key;
  bool create_key = false;
};

/// A passphrase has the name of the one before.
std::string words(const KeySource& from, const KeySource& to) {
  if (from.name() == to.name()) {
    return "the new " + to.name() + " now, and no longer by the one before";
  }
  return to.name() + " now, and no longer by " + from.name();
}

void run(const Options& options) {
  const KeySource from = source_of(options.place.key);
  const KeySource to = options.create_key ? create_source(options.new_key)
                                          : source_of(options.new_key, Passphrase::fresh);
  try {
    Gallery::change_key(options.place.gallery, from, to);
  } catch (const Error& error) {
    throw Error(error.code(),
                error.what() + remedy(error, options.new_key, to, options.create_key));
  }
  print(options.place.gallery + " is opened by " + words(from, to) + "\n");
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
  explain(verb,
          "Processes that have the gallery open go on, and need the new key when they open it "
          "again or rotate its keys. Copies of the old keyset, in a backup or elsewhere, still "
          "open with the old key, and an anchor does not cover keysets: where others may know the "
          "old key, purge or rotate-keys as well. It takes no anchor, as it does not read the "
          "gallery. A new key stays where the change fails.");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
