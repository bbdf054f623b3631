#include "callback.hpp"

#include <string>

namespace py = pybind11;

namespace morgiana::python {
namespace {

bool has_gil() {
  return PyGILState_GetThisThreadState() != nullptr && PyGILState_Check() == 1;
}

/// Not once it began to end.
bool is_interpreter_there() {
  return Py_IsInitialized() != 0;
}

void drop(PyObject* object) {
  if (has_gil()) return Py_DECREF(object);
  if (!is_interpreter_there()) return;  // it takes its memory along
  const py::gil_scoped_acquire locked;
  Py_DECREF(object);
}

/// "RuntimeError: the register is away", in one line.
std::string words(const py::error_already_set& raised) {
  std::string text = py::str(raised.type().attr("__name__"));
  try {
    const std::string said = py::str(raised.value());
    if (!said.empty()) text += ": " + said;
  } catch (const py::error_already_set&) {
    // An exception that cannot say what it is: its name is told.
  }
  return text;
}

}  // namespace

Kept keep(py::object object) {
  return {object.release().ptr(), &drop};
}

CallbackFailure::CallbackFailure(const py::error_already_set& raised)
    : std::runtime_error(words(raised)), raised_(keep(raised.value())) {
  if (raised.trace()) PyException_SetTraceback(raised_.get(), raised.trace().ptr());
}

void CallbackFailure::raise_within(const py::object& told) const {
  const py::object raised = py::reinterpret_borrow<py::object>(raised_.get());
  const bool is_handled = PyErr_GivenExceptionMatches(raised.ptr(), PyExc_Exception) != 0;
  if (is_handled || came_to_ != std::this_thread::get_id()) {
    PyException_SetCause(told.ptr(), raised.inc_ref().ptr());  // takes the reference
    PyErr_SetObject(py::type::handle_of(told).ptr(), told.ptr());
    return;
  }
  PyException_SetContext(raised.ptr(), told.inc_ref().ptr());  // takes the reference
  PyErr_SetObject(py::type::handle_of(raised).ptr(), raised.ptr());
}

void require_interpreter() {
  if (has_gil() || is_interpreter_there()) return;
  throw std::runtime_error("the Python interpreter is ending");
}

}  // namespace morgiana::python
