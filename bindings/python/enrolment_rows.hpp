#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <vector>

#include "embeddings.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana::python {

/// What enrol and update are given, an id and a mask for each row. Made with the GIL; enrolments()
/// needs none.
/// Errors: those of Embeddings, subject_ids and cohorts_of_rows; TypeError (ids in a set);
/// invalid_argument (another number of ids).
class EnrolmentRows {
 public:
  EnrolmentRows(const ModelId& model, const pybind11::object& ids,
                const pybind11::object& embeddings, const pybind11::object& cohorts);

  /// The references of equal ids belong to one subject; subjects keep the order they first came
  /// in. Errors: those of Template, naming the row; invalid_argument (other cohorts of equal ids).
  std::vector<Enrolment> enrolments() const;

 private:
  Embeddings embeddings_;
  std::vector<SubjectId> ids_;
  std::vector<Cohorts> cohorts_;
};

}  // namespace morgiana::python
