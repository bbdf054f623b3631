#include "search.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "bind.hpp"
#include "calibration.hpp"
#include "sealed_class.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

void append_subjects(const Identification& answer, py::list& subjects) {
  for (const Candidate& candidate : answer.candidates()) subjects.append(candidate.subject.str());
}

void append_scores(const Identification& answer, std::vector<float>& scores) {
  for (const Candidate& candidate : answer.candidates()) scores.push_back(candidate.score->cosine);
}

py::array_t<float> array_of(const std::vector<float>& values) {
  return py::array_t<float>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::list candidates(const Identification& answer) {
  py::list subjects;
  append_subjects(answer, subjects);
  return subjects;
}

std::optional<py::array_t<float>> scores(const Identification& answer) {
  if (!answer.options().include_scores) return std::nullopt;
  std::vector<float> values;
  append_scores(answer, values);
  return array_of(values);
}

std::optional<std::string> runner_up(const Identification& answer) {
  if (!answer.runner_up()) return std::nullopt;
  return answer.runner_up()->str();
}

std::optional<float> score(const Verification& compared) {
  if (!compared.score()) return std::nullopt;
  return compared.score()->cosine;
}

const Identification& at(const Identifications& all, const py::object& given) {
  const py::ssize_t index = PyNumber_AsSsize_t(given.ptr(), PyExc_IndexError);
  if (index == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  const auto size = std::ssize(all.answers);
  if (index < -size || index >= size) {
    throw py::index_error("answer " + std::to_string(index) + " of " + std::to_string(size));
  }
  return all.answers[static_cast<std::size_t>(index < 0 ? index + size : index)];
}

/// Asks for one answer after the other until there are no more.
py::iterator each(const py::object& all) {
  PyObject* iterator = PySeqIter_New(all.ptr());
  if (iterator == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::iterator>(iterator);
}

py::object assurance(const Searched& searched) {
  const py::object type = py::module_::import("morgiana.types").attr("Assurance");
  return type(searched.assurance.miss_probability);
}

std::string shown(const Searched& searched) {
  const double miss_probability = searched.assurance.miss_probability;
  std::ostringstream text;
  text << "<Searched: " << searched.num_subjects << " subjects, " << searched.num_references
       << " references, ";
  if (searched.num_withheld != 0) text << searched.num_withheld << " withheld, ";
  if (miss_probability == 0) {
    text << "proven>";
  } else {
    text << "probable, missed with " << miss_probability << " each>";
  }
  return text.str();
}

std::string shown(const Identification& answer) {
  const std::uint64_t num_withheld = answer.searched().num_withheld;
  return "<Identification: " + std::to_string(answer.candidates().size()) + " candidates of " +
         std::to_string(answer.num_accepted()) + " accepted" +
         (num_withheld == 0 ? ">" : ", " + std::to_string(num_withheld) + " withheld>");
}

std::string shown(const Verification& compared) {
  return "<Verification of " + compared.claimed().str() + ": " +
         (compared.accepted() ? "accepted>" : "refused>");
}

void bind_searched(py::module_& module) {
  sealed_class<Searched>(module, "Searched")
      .def_readonly("num_subjects", &Searched::num_subjects, "Subjects that were compared.")
      .def_readonly("num_references", &Searched::num_references, "Their references.")
      .def_readonly("num_withheld", &Searched::num_withheld,
                    "Subjects that are no answer, as their RefusalBudget is spent.")
      .def_property_readonly("assurance", &assurance,
                             "How surely a reference that reaches the threshold was found.")
      .def("__repr__", [](const Searched& self) { return shown(self); });
}

void bind_identification(py::module_& module) {
  auto type = sealed_class<Identification>(module, "Identification");
  refuse_truth(type, "an Identification", "decide(…).outcome, or .candidates");
  type.def_property_readonly("candidates", &candidates,
                             "Ids of accepted subjects, best first, ties by id; max_candidates.")
      .def_property_readonly("scores", &scores,
                             "Cosines of the candidates, float32; None without include_scores.")
      .def_property_readonly("num_accepted", &Identification::num_accepted,
                             "How many reach the threshold, listed or not.")
      .def_property_readonly("runner_up", &runner_up,
                             "Who is nearer to the best than the margin; None where nobody is.")
      .def_property_readonly("searched", &Identification::searched,
                             "How much of the gallery the answer speaks for.")
      .def_property_readonly(
          "resolved", [](const Identification& self) { return resolved_risk(self.resolved()); },
          "The threshold that a risk came to, and what it rests on; None of a threshold.")
      .def("__repr__", [](const Identification& self) { return shown(self); });
}

void bind_identifications(py::module_& module) {
  sealed_class<Identifications>(module, "Identifications")
      .def("__len__", [](const Identifications& self) { return self.answers.size(); })
      .def("__getitem__", &at, py::arg("index"), py::return_value_policy::reference_internal)
      .def("__iter__", &each)
      .def_readonly("subjects", &Identifications::subjects)
      .def_readonly("offsets", &Identifications::offsets)
      .def_readonly("scores", &Identifications::scores)
      .def("__repr__", [](const Identifications& self) {
        return "<Identifications of " + std::to_string(self.answers.size()) + " probes>";
      });
}

}  // namespace

Identifications::Identifications(std::vector<Identification> found, bool include_scores)
    : answers(std::move(found)),
      offsets(static_cast<py::ssize_t>(answers.size() + 1)),
      scores(py::none()) {
  std::vector<float> values;
  std::int64_t* offset = offsets.mutable_data();
  *offset = 0;
  for (const Identification& answer : answers) {
    append_subjects(answer, subjects);
    if (include_scores) append_scores(answer, values);
    *++offset = static_cast<std::int64_t>(subjects.size());
  }
  if (include_scores) scores = array_of(values);
}

void bind_search(py::module_& module) {
  bind_searched(module);
  bind_identification(module);
  bind_identifications(module);
  auto verification = sealed_class<Verification>(module, "Verification");
  refuse_truth(verification, "a Verification", ".accepted");
  verification.def_property_readonly("accepted", &Verification::accepted)
      .def_property_readonly("claimed",
                             [](const Verification& self) { return self.claimed().str(); })
      .def_property_readonly("score", &score)
      .def_property_readonly(
          "resolved", [](const Verification& self) { return resolved_risk(self.resolved()); })
      .def("__repr__", [](const Verification& self) { return shown(self); });
}

}  // namespace morgiana::python
