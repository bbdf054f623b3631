#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::string model;
  std::uint64_t dim = 0;
  bool create_key = false;
};

/// A new key is never deleted again, not even where the gallery cannot be made.
void create_gallery(const Options& options, const KeySource& key,
                    const std::optional<Anchor>& anchor) {
  try {
    const ModelId model{options.model, static_cast<std::uint32_t>(options.dim)};
    Gallery::create(options.place.gallery, {.model = model, .key = key, .anchor = anchor});
  } catch (const Error& error) {
    if (!options.create_key) throw;
    throw Error(error.code(), std::string(error.what()) + "; the new " + key.name() +
                                  " is kept, so try again without --create-key");
  }
}

void run(const Options& options) {
  const std::optional<Anchor> anchor = anchor_of(options.place.anchor);
  const KeySource key = options.create_key ? create_source(options.place.key)
                                           : source_of(options.place.key, Passphrase::fresh);
  create_gallery(options, key, anchor);
  print("created " + options.place.gallery + " for " + options.model + ", " +
        std::to_string(options.dim) + " dimensions\n");
}

}  // namespace

void add_create(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("create", "Make an empty gallery");
  add_place(verb, options->place);
  verb.add_option("--model", options->model, "Name of the network")->required();
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  add_whole_number(verb, "--dim", options->dim, 1, kMost, "Length of its embeddings")->required();
  verb.add_flag("--create-key", options->create_key, "Make the key too: the file, or in the token");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
