#pragma once

#include <pybind11/pybind11.h>

namespace morgiana::python {

/// Whether it says that it can be iterated. It is not tried: what an __iter__ raises is its
/// caller's, and comes when it is iterated.
inline bool is_iterable(pybind11::handle given) {
  PyTypeObject* type = Py_TYPE(given.ptr());
  return type->tp_iter != nullptr || PySequence_Check(given.ptr()) != 0;
}

}  // namespace morgiana::python
