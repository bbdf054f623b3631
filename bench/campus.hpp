#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crowd.hpp"
#include "data.hpp"
#include "morgiana/morgiana.hpp"

namespace morgiana::bench {

/// A gallery of strangers, made once for a dimension.
struct Campus {
  explicit Campus(std::uint32_t dim)
      : model{"bench", dim}, key(KeySource::create_file(folder / "key")), strangers(dim, 1) {
    Gallery gallery = Gallery::create(path(), {.model = model, .key = key, .sync = Sync::batched});
    constexpr std::uint64_t kAtOnce = 20'000;
    for (std::uint64_t first = 0; first < num_references(); first += kAtOnce) {
      std::vector<Enrolment> some;
      for (std::uint64_t i = first; i < std::min(first + kAtOnce, num_references()); ++i) {
        some.push_back({SubjectId(std::to_string(i)), {Template(model, strangers.unit())}});
        if (i % 1000 == 0) known.push_back(some.back());
      }
      gallery.enrol(some, {{.executor = {}, .max_threads = 2}, {}});
    }
  }

  static Campus& of(std::uint32_t dim) {
    static std::map<std::uint32_t, std::unique_ptr<Campus>> made;
    std::unique_ptr<Campus>& campus = made[dim];
    if (campus == nullptr) campus = std::make_unique<Campus>(dim);
    return *campus;
  }

  std::string path() const { return folder / "gallery"; }

  test::ScratchFolder folder;
  ModelId model;
  KeySource key;
  test::Vectors strangers;
  std::vector<Enrolment> known;
};

}  // namespace morgiana::bench
