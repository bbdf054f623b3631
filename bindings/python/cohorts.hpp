#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <vector>

#include "morgiana/types.hpp"

namespace morgiana::python {

/// The mask of a search; all for None. Errors: TypeError (no whole number); invalid_argument.
Cohorts cohorts_of_search(const pybind11::object& given);

/// One mask a row, from None, one whole number for all rows, or an iterable of one for each.
/// Errors: TypeError and invalid_argument, naming the row; invalid_argument (another number of
/// them).
std::vector<Cohorts> cohorts_of_rows(const pybind11::object& given, std::size_t num_rows);

}  // namespace morgiana::python
