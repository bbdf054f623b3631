#include "morgiana/gallery.hpp"

#include <pybind11/stl.h>

#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "cohorts.hpp"
#include "embeddings.hpp"
#include "options.hpp"
#include "paths.hpp"
#include "sealed_class.hpp"
#include "search.hpp"
#include "subject_ids.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Few enough that Ctrl-C and a deadline are seen soon, however many come.
constexpr std::size_t kProbesAtOnce = 1024;

/// A gallery and what its arrays are checked against. Every call of the gallery releases the GIL,
/// as calls wait for each other and for the disk.
struct OpenGallery {
  Gallery gallery;
  ModelId model;
};

OpenGallery create(const py::bytes& path, std::string model, std::int64_t dim,
                   const py::bytes& key_path, bool is_resident, bool residual_codes) {
  const std::string file = path_of(path);
  const CreateOptions options{model_id(std::move(model), dim), KeySource::file(path_of(key_path)),
                              memory(is_resident, residual_codes)};
  const py::gil_scoped_release unlocked;
  return {Gallery::create(file, options), options.model};
}

OpenGallery open(const py::bytes& path, const py::bytes& key_path, bool is_resident,
                 bool residual_codes) {
  const std::string file = path_of(path);
  const OpenOptions options{KeySource::file(path_of(key_path)),
                            memory(is_resident, residual_codes)};
  const py::gil_scoped_release unlocked;
  Gallery gallery = Gallery::open(file, options);
  ModelId model = gallery.stats().model;
  return {std::move(gallery), std::move(model)};
}

/// The references of equal ids belong to one subject; subjects keep the order they first came in.
std::vector<Enrolment> grouped(const std::vector<SubjectId>& ids,
                               const std::vector<Cohorts>& cohorts,
                               std::vector<Template> references) {
  std::vector<Enrolment> enrolments;
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto [at, is_new] = place.try_emplace(ids[i].str(), enrolments.size());
    if (is_new) enrolments.push_back({ids[i], {}, cohorts[i]});
    Enrolment& subject = enrolments[at->second];
    if (subject.cohorts != cohorts[i]) {
      throw Error(Errc::invalid_argument, "row " + std::to_string(i) + ": other cohorts than '" +
                                              ids[i].str() + "' has in an earlier row");
    }
    subject.references.push_back(std::move(references[i]));
  }
  return enrolments;
}

void enrol(OpenGallery& self, const py::object& ids, const py::object& given,
           const py::object& cohorts) {
  const Embeddings embeddings(given, self.model, "embeddings");
  if (PyAnySet_Check(ids.ptr())) {
    throw py::type_error("ids is a str or one for each row in their order, which a set has not");
  }
  const bool one_subject = py::isinstance<py::str>(ids);
  const std::vector<SubjectId> subjects =
      one_subject ? std::vector(embeddings.num_rows(), subject_id(ids, "ids"))
                  : subject_ids(ids, "ids");
  if (subjects.size() != embeddings.num_rows()) {
    throw Error(Errc::invalid_argument, std::to_string(subjects.size()) + " ids came with " +
                                            std::to_string(embeddings.num_rows()) +
                                            " embeddings; there is one id for each");
  }
  const std::vector<Cohorts> masks = cohorts_of_rows(cohorts, embeddings.num_rows());
  const py::gil_scoped_release unlocked;
  self.gallery.enrol(grouped(subjects, masks, embeddings.templates(0, embeddings.num_rows())));
}

Identifications identify(const OpenGallery& self, const py::object& given,
                         const IdentifyOptions& options, const Execution& execution) {
  const Embeddings probes(given, self.model, "probes");
  std::vector<Identification> answers;
  do {
    std::vector<Identification> some;
    {
      const py::gil_scoped_release unlocked;
      some = self.gallery.identify(probes.templates(answers.size(), kProbesAtOnce), options,
                                   execution);
    }
    std::move(some.begin(), some.end(), std::back_inserter(answers));
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  } while (answers.size() < probes.num_rows());
  return {std::move(answers), options.include_scores};
}

Verification verify(const OpenGallery& self, const py::object& claimed, const py::object& given,
                    const VerifyOptions& options) {
  const SubjectId subject = subject_id(claimed, "claimed");
  const Embeddings probe(given, self.model, "probe");
  if (probe.num_rows() != 1) {
    throw Error(Errc::invalid_argument,
                "verify compares one probe, got " + std::to_string(probe.num_rows()) + " rows");
  }
  const py::gil_scoped_release unlocked;
  return self.gallery.verify(subject, probe.templates(0, 1).front(), options);
}

/// How many were removed, and whether their sealed bytes are erased already.
std::pair<std::uint64_t, bool> remove(OpenGallery& self, const py::object& given) {
  const std::vector<SubjectId> subjects = py::isinstance<py::str>(given)
                                              ? std::vector{subject_id(given, "ids")}
                                              : subject_ids(given, "ids");
  const py::gil_scoped_release unlocked;
  const Removal removal = self.gallery.remove(subjects);
  return {removal.num_removed, removal.erasure == Erasure::done};
}

void compact(OpenGallery& self) {
  const py::gil_scoped_release unlocked;
  self.gallery.compact();
}

bool contains(const OpenGallery& self, const py::object& given) {
  const SubjectId subject = subject_id(given, "subject");
  const py::gil_scoped_release unlocked;
  return self.gallery.contains(subject);
}

Stats stats(const OpenGallery& self) {
  const py::gil_scoped_release unlocked;
  return self.gallery.stats();
}

py::dict counts(const OpenGallery& self) {
  const Stats now = stats(self);
  py::dict fields;
  fields["num_subjects"] = now.num_subjects;
  fields["num_references"] = now.num_references;
  fields["num_pending_erasures"] = now.num_pending_erasures;
  fields["index_bytes"] = now.index_bytes;
  fields["file_bytes"] = now.file_bytes;
  fields["tier"] = now.tier;
  return fields;
}

void close(OpenGallery& self) {
  const py::gil_scoped_release unlocked;
  self.gallery.close();
}

}  // namespace

void bind_gallery(py::module_& module) {
  sealed_class<OpenGallery>(module, "Gallery")
      .def_static("create", &create, py::arg("path"), py::arg("model"), py::arg("dim"),
                  py::arg("key_path"), py::arg("is_resident"), py::arg("residual_codes"))
      .def_static("open", &open, py::arg("path"), py::arg("key_path"), py::arg("is_resident"),
                  py::arg("residual_codes"))
      .def_property_readonly(
          "model",
          [](const OpenGallery& self) { return std::pair(self.model.name, self.model.dim); })
      .def("enrol", &enrol, py::arg("ids"), py::arg("embeddings"), py::arg("cohorts"))
      .def("identify", &identify, py::arg("probes"), py::arg("options"), py::arg("execution"))
      .def("verify", &verify, py::arg("claimed"), py::arg("probe"), py::arg("options"))
      .def("remove", &remove, py::arg("ids"))
      .def("compact", &compact)
      .def("contains", &contains, py::arg("subject"))
      .def("counts", &counts)
      .def("close", &close);
}

}  // namespace morgiana::python
