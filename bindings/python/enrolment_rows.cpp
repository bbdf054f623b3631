#include "enrolment_rows.hpp"

#include <string>
#include <unordered_map>
#include <utility>

#include "cohorts.hpp"
#include "morgiana/error.hpp"
#include "subject_ids.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

std::vector<SubjectId> ids_of_rows(const py::object& ids, std::size_t num_rows) {
  if (PyAnySet_Check(ids.ptr())) {
    throw py::type_error("ids is a str or one for each row in their order, which a set has not");
  }
  if (py::isinstance<py::str>(ids)) return std::vector(num_rows, subject_id(ids, "ids"));
  std::vector<SubjectId> subjects = subject_ids(ids, "ids");
  if (subjects.size() == num_rows) return subjects;
  throw Error(Errc::invalid_argument, std::to_string(subjects.size()) + " ids came with " +
                                          std::to_string(num_rows) +
                                          " embeddings; there is one id for each");
}

}  // namespace

EnrolmentRows::EnrolmentRows(const ModelId& model, const py::object& ids,
                             const py::object& embeddings, const py::object& cohorts)
    : embeddings_(embeddings, model, "embeddings"),
      ids_(ids_of_rows(ids, embeddings_.num_rows())),
      cohorts_(cohorts_of_rows(cohorts, embeddings_.num_rows())) {}

std::vector<Enrolment> EnrolmentRows::enrolments() const {
  std::vector<Template> references = embeddings_.templates(0, embeddings_.num_rows());
  std::vector<Enrolment> enrolments;
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const auto [at, is_new] = place.try_emplace(ids_[i].str(), enrolments.size());
    if (is_new) enrolments.push_back({ids_[i], {}, cohorts_[i]});
    Enrolment& subject = enrolments[at->second];
    if (subject.cohorts != cohorts_[i]) {
      throw Error(Errc::invalid_argument, "row " + std::to_string(i) + ": other cohorts than '" +
                                              ids_[i].str() + "' has in an earlier row");
    }
    subject.references.push_back(std::move(references[i]));
  }
  return enrolments;
}

}  // namespace morgiana::python
