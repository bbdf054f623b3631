#include "morgiana/error.hpp"

#include <exception>
#include <string>

#include "bind.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

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
