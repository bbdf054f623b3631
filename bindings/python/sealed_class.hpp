#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace morgiana::python {

/// Errors: TypeError, always.
pybind11::object refuse_to_reduce(const pybind11::object& self);

/// A class whose objects the library alone makes. Python cannot construct, copy or unpickle one, as
/// it would be without its C++ part, and cannot derive from it.
template <class T, class... Options>
pybind11::class_<T, Options...> sealed_class(pybind11::module_& module, const char* name) {
  const auto refuse_construction = [](PyHeapTypeObject* type) {
    type->ht_type.tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
  };
  pybind11::class_<T, Options...> made(module, name, pybind11::is_final(),
                                       pybind11::custom_type_setup(refuse_construction));
  made.def("__reduce__", &refuse_to_reduce);
  return made;
}

/// Errors: TypeError, always: `if gallery.verify(…)` would open for whom was refused.
template <class T>
void refuse_truth(pybind11::class_<T>& answer, const char* name, const char* ask) {
  answer.def("__bool__", [name, ask](const T&) -> bool {
    throw pybind11::type_error(std::string(name) + " is neither true nor false; ask " + ask);
  });
}

/// Fixes the classes of a module once all is bound: assigning to `__class__` would take an object
/// of one for an object of another.
void make_classes_immutable(const pybind11::module_& module);

}  // namespace morgiana::python
