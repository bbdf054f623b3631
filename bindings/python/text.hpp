#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace morgiana::python {

/// A message may name a file, whose bytes need not be UTF-8. They are shown as \xff, since text
/// with surrogates could not be printed.
pybind11::str text_of(const std::string& message);

}  // namespace morgiana::python
