#include "subject_ids.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace py = pybind11;

namespace morgiana::python {
namespace {

std::string type_name(py::handle given) {
  return Py_TYPE(given.ptr())->tp_name;
}

SubjectId parsed(py::handle given) {
  if (!py::isinstance<py::str>(given)) {
    throw Error(Errc::invalid_argument, "a subject id is a str, got " + type_name(given));
  }
  Py_ssize_t num_bytes = 0;
  const char* text = PyUnicode_AsUTF8AndSize(given.ptr(), &num_bytes);
  if (text == nullptr) {
    PyErr_Clear();
    throw Error(Errc::invalid_argument, "a subject id is UTF-8, this one holds a lone surrogate");
  }
  return std::string_view(text, static_cast<std::size_t>(num_bytes));
}

}  // namespace

SubjectId subject_id(const py::object& given) {
  return parsed(given);
}

std::vector<SubjectId> subject_ids(const py::object& given) {
  if (!py::isinstance<py::iterable>(given)) {
    throw Error(Errc::invalid_argument,
                "subject ids are a str or an iterable of str, got " + type_name(given));
  }
  std::vector<SubjectId> ids;
  for (const py::handle item : given) {
    try {
      ids.push_back(parsed(item));
    } catch (const Error& error) {
      throw Error(error.code(), "id " + std::to_string(ids.size()) + ": " + error.what());
    }
  }
  return ids;
}

}  // namespace morgiana::python
