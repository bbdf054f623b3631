#pragma once

#include <pybind11/pybind11.h>

namespace morgiana::python {

// pybind11 shows all arguments where one of them has a wrong type. So what takes arrays or ids
// takes them as objects, scalars come in options made before, and the package checks those by name.
void bind_error(pybind11::module_& module);
void bind_anchor(pybind11::module_& module);
void bind_keys(pybind11::module_& module);
void bind_policy(pybind11::module_& module);
void bind_options(pybind11::module_& module);
void bind_search(pybind11::module_& module);
void bind_decision(pybind11::module_& module);
void bind_gallery(pybind11::module_& module);
void bind_migration(pybind11::module_& module);
void bind_metrics(pybind11::module_& module);
void bind_calibration(pybind11::module_& module);
void bind_gallery_calibration(pybind11::module_& module);
void bind_drift(pybind11::module_& module);
void bind_open_set(pybind11::module_& module);
void bind_receipt(pybind11::module_& module);
void bind_receipt_log(pybind11::module_& module);

}  // namespace morgiana::python
