#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data.hpp"
#include "morgiana/morgiana.hpp"
#include "random.hpp"

namespace morgiana {

/// One photograph of a person, as both models see it.
struct Photo {
  Template older;
  Template newer;
};

/// Two galleries in a folder of their own, with a source of people. Strangers score below 0.55.
struct TwoModels {
  explicit TwoModels(std::optional<Anchor> newer_anchor = {},
                     std::optional<RefusalBudget> refusals = RefusalBudget{})
      : key(KeySource::create_file(folder / "campus.key")),
        older(Gallery::create(folder / "older",
                              {.model = older_model, .key = key, .refusals = refusals})),
        newer(Gallery::create(folder / "newer", {.model = newer_model,
                                                 .key = key,
                                                 .anchor = std::move(newer_anchor),
                                                 .refusals = refusals})) {}

  Photo person() {
    return {{older_model, older_vectors.unit()}, {newer_model, newer_vectors.unit()}};
  }

  /// Another capture of the same person.
  Photo again(const Photo& known, double older_cosine = 0.9, double newer_cosine = 0.9) {
    const auto values = [](const Template& t) {
      return test::Vector(t.values().begin(), t.values().end());
    };
    return {{older_model, older_vectors.at_cosine(values(known.older), older_cosine)},
            {newer_model, newer_vectors.at_cosine(values(known.newer), newer_cosine)}};
  }

  void reopen() {
    older.close();
    newer.close();
    older = Gallery::open(folder / "older", {key});
    newer = Gallery::open(folder / "newer", {key});
  }

  static MigrationPolicy policy() {
    return {.older = {{{0.6F}}, 0.05F},
            .newer = {{{0.6F}}, 0.05F},
            .enrol_at = {{0.8F}},
            .enrol_margin = 0.1F};
  }

  Pass pass(const Photo& photo, const PassOptions& options = {}) {
    return Migration(older, newer, policy()).identify(photo.older, photo.newer, options);
  }

  test::ScratchFolder folder{test::folder_in_memory()};
  ModelId older_model{"old-net", 128};
  ModelId newer_model{"new-net", 160};
  KeySource key;
  Gallery older;
  Gallery newer;
  test::Vectors older_vectors{128, 42};
  test::Vectors newer_vectors{160, 43};
};

}  // namespace morgiana
