#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <vector>

#include "morgiana/search.hpp"

namespace morgiana::python {

/// The answers to a batch of probes, and the same laid flat: the candidates of answer i are
/// subjects[offsets[i]:offsets[i + 1]]. Made with the GIL held.
struct Identifications {
  Identifications(std::vector<Identification> found, bool include_scores);

  std::vector<Identification> answers;
  pybind11::list subjects;
  pybind11::array_t<std::int64_t> offsets;
  pybind11::object scores;  // None without include_scores
};

}  // namespace morgiana::python
