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
  Template from;
  Template to;
};

/// Two galleries in a folder of their own, with a source of people. Strangers score below 0.55.
struct TwoModels {
  explicit TwoModels(std::optional<Anchor> to_anchor = {},
                     std::optional<RefusalBudget> refusals = RefusalBudget{})
      : key(KeySource::create_file(folder / "campus.key")),
        from(Gallery::create(folder / "from",
                             {.model = from_model, .key = key, .refusals = refusals})),
        to(Gallery::create(folder / "to", {.model = to_model,
                                           .key = key,
                                           .anchor = std::move(to_anchor),
                                           .refusals = refusals})) {}

  Photo person() { return {{from_model, from_vectors.unit()}, {to_model, to_vectors.unit()}}; }

  /// Another capture of the same person.
  Photo again(const Photo& known, double from_cosine = 0.9, double to_cosine = 0.9) {
    const auto values = [](const Template& t) {
      return test::Vector(t.values().begin(), t.values().end());
    };
    return {{from_model, from_vectors.at_cosine(values(known.from), from_cosine)},
            {to_model, to_vectors.at_cosine(values(known.to), to_cosine)}};
  }

  void reopen() {
    from.close();
    to.close();
    from = Gallery::open(folder / "from", {key});
    to = Gallery::open(folder / "to", {key});
  }

  static MigrationPolicy policy() {
    return {.from = {{{0.6F}}, 0.05F},
            .to = {{{0.6F}}, 0.05F},
            .enrol_at = {{0.8F}},
            .enrol_margin = 0.1F};
  }

  Pass pass(const Photo& photo, const PassOptions& options = {}) {
    return Migration(from, to, policy()).pass(photo.from, photo.to, options);
  }

  test::ScratchFolder folder{test::folder_in_memory()};
  ModelId from_model{"old-net", 128};
  ModelId to_model{"new-net", 160};
  KeySource key;
  Gallery from;
  Gallery to;
  test::Vectors from_vectors{128, 42};
  test::Vectors to_vectors{160, 43};
};

}  // namespace morgiana
