#pragma once

#include <pybind11/pybind11.h>

#include <vector>

#include "morgiana/subject_id.hpp"

namespace morgiana::python {

/// One id from a str. Errors: invalid_argument, naming the type that came.
SubjectId subject_id(const pybind11::object& given);

/// The ids of an iterable of str, in order. Errors: invalid_argument, naming the place.
std::vector<SubjectId> subject_ids(const pybind11::object& given);

}  // namespace morgiana::python
