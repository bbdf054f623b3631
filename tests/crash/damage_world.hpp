#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crash/damage.hpp"
#include "crash/people.hpp"
#include "data.hpp"

namespace morgiana::test {

/// The files of a gallery at one moment.
struct Image {
  Files files;
  std::vector<People::State> states;  // after so many transactions of the log; the last is newest
};

/// A gallery with a past, closed and open, and what may be mixed up with it.
struct World {
  explicit World(std::uint64_t seed);

  static constexpr std::uint64_t kOtherPeople = 1'000;  // from this number on: of another gallery
  static constexpr std::uint64_t kNewPeople = 2'000;    // and nobody's yet

  ScratchFolder folder{folder_in_memory()};
  KeySource key;
  Donors donors;
  Image closed;
  Image open;
  std::vector<People::State> history;  // every state that was committed
  std::uint64_t num_people = 0;        // numbers 1 to this one are or were enrolled
};

}  // namespace morgiana::test
