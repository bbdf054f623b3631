#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "morgiana/subject_id.hpp"

namespace morgiana::python {

/// One id from a str. Errors: TypeError and invalid_argument, naming the argument.
SubjectId subject_id(const pybind11::object& given, const std::string& name);

/// The ids of an iterable of str, in order. Errors: TypeError and invalid_argument, naming the
/// place.
std::vector<SubjectId> subject_ids(const pybind11::object& given, const std::string& name);

}  // namespace morgiana::python
