#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string>
#include <vector>

#include "morgiana/template.hpp"

namespace morgiana::python {

/// The rows of a numpy array; valid while the array lives, usable without the GIL.
/// Shape:  float32 [rows, model.dim], or [model.dim] as one row; C-contiguous, never converted.
/// Errors: TypeError (no array); invalid_argument (another array); dim_mismatch. They name the
/// argument, what it must be and what came.
class Embeddings {
 public:
  Embeddings(const pybind11::object& given, const ModelId& model, const std::string& name);

  std::size_t num_rows() const noexcept { return num_rows_; }

  /// Of `count` rows from `first` on, or as many as there are. Errors: those of Template, naming
  /// the row.
  std::vector<Template> templates(std::size_t first, std::size_t count) const;

 private:
  ModelId model_;
  const float* first_ = nullptr;
  std::size_t num_rows_ = 1;
};

}  // namespace morgiana::python
