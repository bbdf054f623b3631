#pragma once

#include <pybind11/pybind11.h>

namespace morgiana::python {

void bind_error(pybind11::module_& module);
void bind_keys(pybind11::module_& module);
void bind_search(pybind11::module_& module);
void bind_decision(pybind11::module_& module);
void bind_gallery(pybind11::module_& module);

}  // namespace morgiana::python
