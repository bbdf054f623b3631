#pragma once

#include <pybind11/pybind11.h>

namespace morgiana::python {

/// Errors: TypeError, always.
pybind11::object refuse_to_reduce(const pybind11::object& self);

/// A class whose objects the library alone makes. Python cannot construct, copy or unpickle one, as
/// it would be without its C++ part, and cannot derive from it.
template <class T>
pybind11::class_<T> sealed_class(pybind11::module_& module, const char* name) {
  const auto refuse_construction = [](PyHeapTypeObject* type) {
    type->ht_type.tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
  };
  pybind11::class_<T> made(module, name, pybind11::is_final(),
                           pybind11::custom_type_setup(refuse_construction));
  made.def("__reduce__", &refuse_to_reduce);
  return made;
}

/// Fixes the classes of a module once all is bound: assigning to `__class__` would take an object
/// of one for an object of another.
void make_classes_immutable(const pybind11::module_& module);

}  // namespace morgiana::python
