#include <memory>
#include <string>

#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  ModelId model{};
  bool create_key = false;
};

/// A new key is never deleted again, not even where the gallery cannot be made.
void create_gallery(const Options& options) {
  try {
    Gallery::create(options.place.gallery, {options.model, KeySource::file(options.place.key)});
  } catch (const Error& error) {
    if (!options.create_key) throw;
    throw Error(error.code(), std::string(error.what()) + "; the new key file " +
                                  options.place.key +
                                  " is kept, so try again without --create-key");
  }
}

void run(const Options& options) {
  if (options.create_key) KeySource::create_file(options.place.key);
  create_gallery(options);
  print("created " + options.place.gallery + " for " + options.model.name + ", " +
        std::to_string(options.model.dim) + " dimensions\n");
}

}  // namespace

void add_create(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("create", "Make an empty gallery");
  add_place(verb, options->place);
  verb.add_option("--model", options->model.name, "Name of the network")->required();
  verb.add_option("--dim", options->model.dim, "Length of its embeddings")->required();
  verb.add_flag("--create-key", options->create_key, "Make the key file too");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
