#pragma once

#include <string>

#include "data.hpp"
#include "morgiana/morgiana.hpp"
#include "random.hpp"

namespace morgiana {

/// A gallery in a folder of its own, with a source of people.
struct Campus {
  static constexpr std::uint32_t kDim = 64;

  Campus()
      : key(KeySource::create_file(folder / "campus.key")),
        path(folder / "campus.morgiana"),
        gallery(Gallery::create(path, {model, key})) {}

  Template person() { return {model, vectors.unit()}; }

  /// Another capture of the same person.
  Template again(const Template& known, double cosine = 0.9) {
    const test::Vector values(known.values().begin(), known.values().end());
    return {model, vectors.at_cosine(values, cosine)};
  }

  void reopen() {
    gallery.close();
    gallery = Gallery::open(path, {key});
  }

  std::vector<std::string> find(const Template& probe, float threshold = 0.6F) const {
    std::vector<std::string> names;
    for (const Candidate& c : gallery.identify(probe, {.accept = {{threshold}}}).candidates()) {
      names.push_back(c.subject.str());
    }
    return names;
  }

  test::ScratchFolder folder;
  ModelId model{"test", kDim};
  KeySource key;
  std::string path;
  Gallery gallery;
  test::Vectors vectors{kDim, 42};
};

using Names = std::vector<std::string>;

}  // namespace morgiana
