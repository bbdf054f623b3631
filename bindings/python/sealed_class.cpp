#include "sealed_class.hpp"

#include <string>

namespace py = pybind11;

namespace morgiana::python {

py::object refuse_to_reduce(const py::object& self) {
  throw py::type_error("cannot copy or pickle '" + std::string(Py_TYPE(self.ptr())->tp_name) + "'");
}

void make_classes_immutable(const py::module_& module) {
  for (const auto& [name, value] : py::dict(module.attr("__dict__"))) {
    if (!py::isinstance<py::type>(value)) continue;
    auto* type = reinterpret_cast<PyTypeObject*>(value.ptr());
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    PyType_Modified(type);
  }
}

}  // namespace morgiana::python
