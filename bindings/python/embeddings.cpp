#include "embeddings.hpp"

#include <pybind11/numpy.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "morgiana/error.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

std::string shape_of(const py::array& array) {
  std::string text = "[";
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(array.shape(axis));
  }
  return text + "]";
}

std::string described(const py::object& given) {
  if (!py::isinstance<py::array>(given)) return Py_TYPE(given.ptr())->tp_name;
  const auto array = py::reinterpret_borrow<py::array>(given);
  return py::str(array.dtype()).cast<std::string>() + " " + shape_of(array);
}

[[noreturn]] void refuse(Errc code, const py::object& given, const ModelId& model,
                         std::string_view remedy) {
  const std::string dim = std::to_string(model.dim);
  throw Error(code, "expected float32 [n, " + dim + "] or [" + dim + "], got " + described(given) +
                        std::string(remedy));
}

bool is_masked(const py::object& given) {
  return py::isinstance(given, py::module_::import("numpy.ma").attr("MaskedArray"));
}

bool is_dense(const py::array& array) {
  const auto address = reinterpret_cast<std::uintptr_t>(array.data());
  return (array.flags() & py::array::c_style) != 0 && address % alignof(float) == 0;
}

}  // namespace

Embeddings::Embeddings(const py::object& given, const ModelId& model) : model_(model) {
  if (!py::isinstance<py::array>(given)) {
    refuse(Errc::invalid_argument, given, model,
           "; convert with numpy.asarray(x, dtype=numpy.float32)");
  }
  if (is_masked(given)) {
    throw Error(
        Errc::invalid_argument,
        "a MaskedArray came, but masked values cannot be left out; leave out their rows and "
        "pass x.data");
  }
  const auto array = py::reinterpret_borrow<py::array>(given);
  if (!array.dtype().equal(py::dtype::of<float>())) {
    refuse(Errc::invalid_argument, given, model, "; convert with x.astype(numpy.float32)");
  }
  if (array.ndim() != 1 && array.ndim() != 2) refuse(Errc::invalid_argument, given, model, "");
  if (array.shape(array.ndim() - 1) != py::ssize_t{model.dim}) {
    refuse(Errc::dim_mismatch, given, model, " for model " + model.name);
  }
  if (!is_dense(array)) {
    refuse(Errc::invalid_argument, given, model,
           " that is not C-contiguous; convert with numpy.ascontiguousarray(x)");
  }
  first_ = static_cast<const float*>(array.data());
  if (array.ndim() == 2) num_rows_ = static_cast<std::size_t>(array.shape(0));
}

std::vector<Template> Embeddings::templates() const {
  std::vector<Template> all;
  all.reserve(num_rows_);
  for (std::size_t row = 0; row < num_rows_; ++row) {
    try {
      all.emplace_back(model_, std::span(first_ + row * model_.dim, model_.dim));
    } catch (const Error& error) {
      throw Error(error.code(), "row " + std::to_string(row) + ": " + error.what());
    }
  }
  return all;
}

}  // namespace morgiana::python
