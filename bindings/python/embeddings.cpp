#include "embeddings.hpp"

#include <pybind11/numpy.h>

#include <algorithm>
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

/// What an argument must be, what came instead, and what to do about it.
std::string refusal(const std::string& name, const py::object& given, const ModelId& model,
                    std::string_view remedy) {
  const std::string dim = std::to_string(model.dim);
  return name + " is float32 [n, " + dim + "] or [" + dim + "], got " + described(given) +
         std::string(remedy);
}

bool is_masked(const py::object& given) {
  return py::isinstance(given, py::module_::import("numpy.ma").attr("MaskedArray"));
}

bool is_aligned(const py::array& array) {
  return reinterpret_cast<std::uintptr_t>(array.data()) % alignof(float) == 0;
}

}  // namespace

Embeddings::Embeddings(const py::object& given, const ModelId& model, const std::string& name)
    : model_(model) {
  if (!py::isinstance<py::array>(given)) {
    throw py::type_error(
        refusal(name, given, model, "; convert with numpy.asarray(x, dtype=numpy.float32)"));
  }
  const auto refuse = [&](Errc code, std::string_view remedy) {
    throw Error(code, refusal(name, given, model, remedy));
  };
  if (is_masked(given)) {
    refuse(Errc::invalid_argument,
           " in a MaskedArray; masked values cannot be left out: leave out their rows and pass "
           "x.data");
  }
  const auto array = py::reinterpret_borrow<py::array>(given);
  if (!array.dtype().equal(py::dtype::of<float>())) {
    refuse(Errc::invalid_argument, "; convert with x.astype(numpy.float32)");
  }
  if (array.ndim() != 1 && array.ndim() != 2) refuse(Errc::invalid_argument, "");
  if (array.shape(array.ndim() - 1) != py::ssize_t{model.dim}) {
    refuse(Errc::dim_mismatch, " for model " + model.name);
  }
  if ((array.flags() & py::array::c_style) == 0) {
    refuse(Errc::invalid_argument,
           " that is not C-contiguous; convert with numpy.ascontiguousarray(x)");
  }
  if (!is_aligned(array)) {
    refuse(Errc::invalid_argument, " that is not aligned to 4 bytes; convert with x.copy()");
  }
  first_ = static_cast<const float*>(array.data());
  if (array.ndim() == 2) num_rows_ = static_cast<std::size_t>(array.shape(0));
}

std::vector<Template> Embeddings::templates(std::size_t first, std::size_t count) const {
  const std::size_t last = first + std::min(count, num_rows_ - first);
  std::vector<Template> all;
  all.reserve(last - first);
  for (std::size_t row = first; row < last; ++row) {
    try {
      all.emplace_back(model_, std::span(first_ + row * model_.dim, model_.dim));
    } catch (const Error& error) {
      throw Error(error.code(), "row " + std::to_string(row) + ": " + error.what());
    }
  }
  return all;
}

}  // namespace morgiana::python
