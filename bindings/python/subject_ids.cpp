#include "subject_ids.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "iterable.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

[[noreturn]] void refuse(const std::string& name, const char* expected, py::handle given) {
  throw py::type_error(name + " is " + expected + ", got " + Py_TYPE(given.ptr())->tp_name);
}

SubjectId parsed(py::handle given, const std::string& name) {
  if (!py::isinstance<py::str>(given)) refuse(name, "a str", given);
  Py_ssize_t num_bytes = 0;
  const char* text = PyUnicode_AsUTF8AndSize(given.ptr(), &num_bytes);
  if (text == nullptr) {
    PyErr_Clear();
    throw Error(Errc::invalid_argument,
                name + ": a subject id is UTF-8, this one holds a lone surrogate");
  }
  try {
    return std::string_view(text, static_cast<std::size_t>(num_bytes));
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
}

}  // namespace

SubjectId subject_id(const py::object& given, const std::string& name) {
  return parsed(given, name);
}

std::vector<SubjectId> subject_ids(const py::object& given, const std::string& name) {
  if (!is_iterable(given)) refuse(name, "a str or an iterable of str", given);
  std::vector<SubjectId> ids;
  for (const py::handle item : given) {
    ids.push_back(parsed(item, name + "[" + std::to_string(ids.size()) + "]"));
  }
  return ids;
}

}  // namespace morgiana::python
