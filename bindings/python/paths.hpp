#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace morgiana::python {

/// A file name as the operating system takes it (os.fsencode). Errors: invalid_argument (NUL byte).
std::string path_of(const pybind11::bytes& encoded);

}  // namespace morgiana::python
