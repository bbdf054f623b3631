#include "morgiana/error.hpp"

#include <exception>
#include <string>

#include "bind.hpp"
#include "callback.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Raises `told`, with what a callable raised where that was the reason.
void raise_with_reason(const Error& error, const py::object& told) {
  try {
    std::rethrow_if_nested(error);
  } catch (const CallbackFailure& failure) {
    return failure.raise_within(told);
  } catch (const std::exception&) {
    // The message of the library tells that of its own reason.
  }
  PyErr_SetObject(py::type::handle_of(told).ptr(), told.ptr());
}

void raise(const Error& error) {
  const py::object type = py::module_::import("morgiana.errors").attr("Error");
  raise_with_reason(error, type(std::string(name(error.code())), text_of(error.what())));
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
