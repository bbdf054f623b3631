#include "cohorts.hpp"

#include <string>

#include "iterable.hpp"
#include "morgiana/error.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// True and False are whole numbers in Python, but no masks.
Cohorts mask(py::handle given, const std::string& name) {
  const auto whole = py::reinterpret_steal<py::object>(
      PyBool_Check(given.ptr()) ? nullptr : PyNumber_Index(given.ptr()));
  if (!whole) {
    if (PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(PyExc_TypeError) == 0) {
      throw py::error_already_set();
    }
    PyErr_Clear();
    throw py::type_error(name + " is a bit mask in an int, got " + Py_TYPE(given.ptr())->tp_name);
  }
  const std::uint64_t bits = PyLong_AsUnsignedLongLong(whole.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw Error(Errc::invalid_argument, name + " is a mask of 64 bits, from 1 to 2**64 - 1");
  }
  return {bits};
}

}  // namespace

Cohorts cohorts_of_search(const py::object& given) {
  return given.is_none() ? Cohorts{} : mask(given, "cohorts");
}

std::vector<Cohorts> cohorts_of_rows(const py::object& given, std::size_t num_rows) {
  if (given.is_none()) return std::vector<Cohorts>(num_rows);
  const bool is_text = PyBytes_Check(given.ptr()) || PyUnicode_Check(given.ptr());
  if (is_text || !is_iterable(given)) return std::vector(num_rows, mask(given, "cohorts"));
  if (PyAnySet_Check(given.ptr())) {
    throw py::type_error(
        "cohorts is an int or one for each row in their order, which a set has not");
  }
  std::vector<Cohorts> rows;
  for (const py::handle item : given) {
    rows.push_back(mask(item, "cohorts[" + std::to_string(rows.size()) + "]"));
  }
  if (rows.size() == num_rows) return rows;
  throw Error(Errc::invalid_argument, std::to_string(rows.size()) + " cohorts came with " +
                                          std::to_string(num_rows) +
                                          " embeddings; there is one mask for each, or one int");
}

}  // namespace morgiana::python
