#include "morgiana/error.hpp"

#include <exception>
#include <string>

#include "bind.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// A message may name a file, whose bytes need not be UTF-8. They are shown as \xff, since text
/// with surrogates could not be printed.
py::str text_of(const std::string& message) {
  PyObject* text = PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()),
                                        "backslashreplace");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(text);
}

void raise(const Error& error) {
  const py::object type = py::module_::import("morgiana.errors").attr("Error");
  const py::object value = type(std::string(name(error.code())), text_of(error.what()));
  PyErr_SetObject(type.ptr(), value.ptr());
}

}  // namespace

void bind_error(py::module_&) {
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace morgiana::python
