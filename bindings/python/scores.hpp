#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <span>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana::python {

/// The values of a one-dimensional numpy array, as they lie: the package has converted them.
/// Errors: TypeError (no array); invalid_argument (another type or shape), naming the argument.
template <class Value>
std::span<const Value> values_of(const pybind11::object& given, const char* name) {
  if (!pybind11::isinstance<pybind11::array>(given)) {
    throw pybind11::type_error(std::string(name) + " is a numpy.ndarray");
  }
  using Array = pybind11::array_t<Value, pybind11::array::c_style>;
  if (!pybind11::isinstance<Array>(given) ||
      pybind11::reinterpret_borrow<pybind11::array>(given).ndim() != 1) {
    throw Error(Errc::invalid_argument,
                std::string(name) + " is one-dimensional, C-contiguous and of " +
                    std::string(pybind11::str(pybind11::dtype::of<Value>())));
  }
  const auto array = pybind11::reinterpret_borrow<Array>(given);
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// A numpy array of one value of each.
template <class Value, class Items, class Of>
pybind11::array_t<Value> array_of(const Items& items, Of of) {
  pybind11::array_t<Value> array(static_cast<pybind11::ssize_t>(items.size()));
  Value* at = array.mutable_data();
  for (const auto& item : items) *at++ = of(item);
  return array;
}

}  // namespace morgiana::python
