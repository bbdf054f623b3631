#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "help.hpp"
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
    throw Error(error.code(),
                error.what() + remedy(error, options.place.key, key, options.create_key));
  }
}

void run(const Options& options) {
  const std::optional<Anchor> anchor = anchor_of(options.place.anchor);
  const KeySource key = options.create_key ? create_source(options.place.key)
                                           : source_of(options.place.key, Passphrase::fresh);
  create_gallery(options, key, anchor);
  print("created " + options.place.gallery + " for " + options.model + ", " +
        std::to_string(options.dim) + " dimensions, opened by " +
        (options.create_key ? "the new " : "") + key.name() + "\n");
}

}  // namespace

void add_create(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("create", "Make an empty gallery");
  add_place(verb, options->place);
  verb.add_option("--model", options->model, "Name of the network")->required();
  add_whole_number(
      verb, "--dim", options->dim, kMinDim, kMaxDim,
      "Length of its embeddings, " + std::to_string(kMinDim) + " to " + std::to_string(kMaxDim))
      ->required();
  verb.add_flag("--create-key", options->create_key, "Make the key too: the file, or in the token");
  explain(verb,
          "The key alone opens the gallery, and nothing replaces it: keep a copy of it elsewhere. "
          "A new key stays where the gallery cannot be made.");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
