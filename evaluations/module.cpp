// What an attacker who reads memory finds: the codes of a gallery, without the seed of its
// rotation.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "index/code.hpp"
#include "index/rotation.hpp"

namespace py = pybind11;

namespace morgiana::evaluations {
namespace {

using Rows = py::array_t<float, py::array::c_style>;

/// The levels that the codes name, of four bits a dimension or of eight, in the rotated space.
/// Shape: rows [n, dim], seed [32].
Rows codes(const Rows& rows, const std::string& seed, bool has_residual) {
  std::array<std::uint8_t, index::Rotation::kSeedBytes> bytes{};
  if (rows.ndim() != 2) throw std::invalid_argument("rows are not [n, dim]");
  if (seed.size() != bytes.size()) throw std::invalid_argument("a seed has 32 bytes");
  std::copy(seed.begin(), seed.end(), bytes.begin());
  const auto dim = static_cast<std::size_t>(rows.shape(1));
  const auto count = static_cast<std::size_t>(rows.shape(0));
  Rows levels({rows.shape(0), rows.shape(1)});
  const float* values = rows.data();
  float* out = levels.mutable_data();
  const py::gil_scoped_release released;
  const index::Rotation rotation(static_cast<std::uint32_t>(dim), bytes);
  index::Code code(static_cast<std::uint32_t>(dim));
  std::vector<float> rotated(dim);
  for (std::size_t i = 0; i < count; ++i) {
    rotation.apply(std::span(values + i * dim, dim), rotated);
    index::encode(rotated, code);
    for (std::size_t j = 0; j < dim; ++j) {
      const int level = 2 * code.levels[j] - 15;
      const int fine = has_residual ? 2 * code.residual[j] - 15 : 0;
      out[i * dim + j] = static_cast<float>(4 * level + fine);
    }
  }
  return levels;
}

}  // namespace
}  // namespace morgiana::evaluations

PYBIND11_MODULE(morgiana_codes, module) {
  module.def("codes", &morgiana::evaluations::codes, py::arg("rows").noconvert(), py::kw_only(),
             py::arg("seed"), py::arg("has_residual") = false);
}
