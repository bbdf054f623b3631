#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <vector>

#include "morgiana/template.hpp"

namespace morgiana::python {

/// The rows of a numpy array; valid while the array lives, usable without the GIL.
/// Shape:  float32 [rows, model.dim], or [model.dim] as one row; C-contiguous, never converted.
/// Errors: invalid_argument (no such array); dim_mismatch. They say what was expected and what
/// came.
class Embeddings {
 public:
  Embeddings(const pybind11::object& given, const ModelId& model);

  std::size_t num_rows() const noexcept { return num_rows_; }

  /// Errors: those of Template, naming the row.
  std::vector<Template> templates() const;

 private:
  ModelId model_;
  const float* first_ = nullptr;
  std::size_t num_rows_ = 1;
};

}  // namespace morgiana::python
