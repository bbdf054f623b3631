#include "morgiana/gallery.hpp"

#include <pybind11/stl.h>

#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "embeddings.hpp"
#include "enrolment_rows.hpp"
#include "open_gallery.hpp"
#include "options.hpp"
#include "paths.hpp"
#include "progress.hpp"
#include "sealed_class.hpp"
#include "search.hpp"
#include "subject_ids.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Few enough that Ctrl-C and a deadline are seen soon, however many come.
constexpr std::size_t kProbesAtOnce = 1024;

OpenGallery with_model(Gallery gallery) {
  Stats stats = gallery.stats();
  return {std::move(gallery), std::move(stats.model), std::move(stats.id)};
}

OpenGallery create(const py::bytes& path, std::string model, std::int64_t dim, const KeySource& key,
                   bool is_resident, bool residual_codes, bool is_batched,
                   const std::optional<Anchor>& anchor,
                   const std::optional<RefusalBudget>& refusals) {
  const std::string file = path_of(path);
  const CreateOptions options{model_id(std::move(model), dim),
                              key,
                              memory(is_resident, residual_codes),
                              sync(is_batched),
                              anchor,
                              refusals};
  const py::gil_scoped_release unlocked;
  return with_model(Gallery::create(file, options));
}

OpenGallery open(const py::bytes& path, const KeySource& key, bool is_resident, bool residual_codes,
                 bool is_batched, const Execution& execution, const std::optional<Anchor>& anchor,
                 const std::optional<RefusalBudget>& refusals) {
  const std::string file = path_of(path);
  const OpenOptions options{
      key, memory(is_resident, residual_codes), sync(is_batched), execution, anchor, refusals};
  const py::gil_scoped_release unlocked;
  return with_model(Gallery::open(file, options));
}

OpenGallery follow(const py::bytes& path, const KeySource& key, bool is_resident,
                   bool residual_codes, const Execution& execution,
                   const std::optional<Anchor>& anchor,
                   const std::optional<RefusalBudget>& refusals) {
  const std::string file = path_of(path);
  const OpenOptions options{.key = key,
                            .memory = memory(is_resident, residual_codes),
                            .execution = execution,
                            .anchor = anchor,
                            .refusals = refusals};
  const py::gil_scoped_release unlocked;
  return with_model(Gallery::follow(file, options));
}

void enrol(OpenGallery& self, const py::object& ids, const py::object& embeddings,
           const py::object& cohorts, const Execution& execution, const py::object& tell,
           const EnrolChecks& checks) {
  const EnrolmentRows rows(self.model, ids, embeddings, cohorts);
  Progress progress(tell);
  const py::gil_scoped_release unlocked;
  self.gallery.enrol(rows.enrolments(), {execution, std::ref(progress), checks});
}

/// Whether the old sealed bytes are erased already.
bool update(OpenGallery& self, const py::object& ids, const py::object& embeddings,
            const py::object& cohorts, const Execution& execution, const EnrolChecks& checks) {
  const EnrolmentRows rows(self.model, ids, embeddings, cohorts);
  const py::object nobody = py::none();
  Progress progress(nobody);
  const py::gil_scoped_release unlocked;
  return self.gallery.update(rows.enrolments(), {execution, std::ref(progress), checks}) ==
         Erasure::done;
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

/// How many were removed, whether their sealed bytes are erased already, and by which commit.
std::tuple<std::uint64_t, bool, std::uint64_t> remove(OpenGallery& self, const py::object& given) {
  const std::vector<SubjectId> subjects = py::isinstance<py::str>(given)
                                              ? std::vector{subject_id(given, "ids")}
                                              : subject_ids(given, "ids");
  const py::gil_scoped_release unlocked;
  const Removal removal = self.gallery.remove(subjects);
  return {removal.num_removed, removal.erasure == Erasure::done, removal.commit};
}

py::list texts_of(const std::vector<SubjectId>& subjects) {
  py::list ids;
  for (const SubjectId& id : subjects) ids.append(id.str());
  return ids;
}

void compact(OpenGallery& self) {
  const py::gil_scoped_release unlocked;
  self.gallery.compact();
}

void backup(const OpenGallery& self, const py::bytes& path, const py::object& tell) {
  const std::string to = path_of(path);
  Progress progress(tell);
  const py::gil_scoped_release unlocked;
  self.gallery.backup(to, {std::ref(progress)});
}

/// How many are enrolled, and whom the gallery had revoked since the backup.
std::pair<std::uint64_t, py::list> restore(const py::bytes& backup, const py::bytes& path,
                                           const KeySource& key, const Anchor& anchor,
                                           const Execution& execution, const py::object& tell) {
  const std::string from = path_of(backup);
  const std::string to = path_of(path);
  Progress progress(tell);
  Restoration restoration{};
  {
    const py::gil_scoped_release unlocked;
    restoration = Gallery::restore(from, to, {key, anchor, execution, std::ref(progress)});
  }
  return {restoration.num_subjects, texts_of(restoration.revoked)};
}

CheckReport report_on(const std::string& path, const KeySource& key, const Execution& execution,
                      const std::optional<Anchor>& anchor) {
  const py::gil_scoped_release unlocked;
  return Gallery::check(path, {.key = key,
                               .memory = {.residual_codes = false},  // nothing is searched
                               .execution = execution,
                               .anchor = anchor});
}

py::dict check(const py::bytes& path, const KeySource& key, const Execution& execution,
               const std::optional<Anchor>& anchor) {
  const CheckReport report = report_on(path_of(path), key, execution, anchor);
  py::list problems;
  for (const std::string& problem : report.problems) problems.append(text_of(problem));
  py::dict fields;
  fields["num_subjects"] = report.num_subjects;
  fields["num_references"] = report.num_references;
  fields["num_commits"] = report.num_commits;
  fields["num_pending_erasures"] = report.num_pending_erasures;
  fields["file_system"] = report.file_system;
  fields["overwrites_in_place"] = report.overwrites_in_place;
  fields["problems"] = py::tuple(problems);
  return fields;
}

/// How many keys were moved, whether the old ones are gone, and whether their file was overwritten.
py::tuple rotate_keys(OpenGallery& self, const py::object& tell) {
  Progress progress(tell);
  KeyRotation rotation{};
  {
    const py::gil_scoped_release unlocked;
    rotation = self.gallery.rotate_keys({std::ref(progress)});
  }
  return py::make_tuple(rotation.num_rewrapped, rotation.old_keys == Erasure::done,
                        rotation.is_overwritten);
}

/// How many keys were moved, and whether the file of the old ones was overwritten.
std::pair<std::uint64_t, bool> purge(OpenGallery& self, const py::object& tell) {
  Progress progress(tell);
  const py::gil_scoped_release unlocked;
  const Purge purge = self.gallery.purge({std::ref(progress)});
  return {purge.num_rewrapped, purge.is_overwritten};
}

std::pair<std::uint64_t, bool> renew(OpenGallery& self, const Execution& execution,
                                     const py::object& tell) {
  Progress progress(tell);
  const py::gil_scoped_release unlocked;
  const Renewal renewal = self.gallery.renew({execution, std::ref(progress)});
  return {renewal.num_renewed, renewal.is_overwritten};
}

std::tuple<std::uint64_t, bool, bool, std::string> erasure_receipt(const OpenGallery& self,
                                                                   std::int64_t commit) {
  const py::gil_scoped_release unlocked;
  const ErasureReceipt receipt = self.gallery.erasure_receipt(static_cast<std::uint64_t>(commit));
  return {receipt.num_subjects, receipt.is_erased, receipt.are_wrapping_keys_destroyed,
          receipt.jws};
}

std::string receipt_key(const OpenGallery& self) {
  const py::gil_scoped_release unlocked;
  return self.gallery.receipt_key();
}

std::string pseudonym(const OpenGallery& self, const py::object& given,
                      const std::string& relying_party) {
  const SubjectId subject = subject_id(given, "subject");
  const py::gil_scoped_release unlocked;
  return self.gallery.pseudonym(subject, relying_party);
}

void change_key(const py::bytes& path, const KeySource& key, const KeySource& new_key) {
  const std::string file = path_of(path);
  const py::gil_scoped_release unlocked;
  Gallery::change_key(file, key, new_key);
}

void set_anchor(OpenGallery& self, const Anchor& anchor) {
  const py::gil_scoped_release unlocked;
  self.gallery.set_anchor(anchor);
}

void flush(OpenGallery& self) {
  const py::gil_scoped_release unlocked;
  self.gallery.flush();
}

/// A page of ids, those behind `after`.
py::list subjects(const OpenGallery& self, std::size_t limit, const std::string& after) {
  std::vector<SubjectId> page;
  {
    const py::gil_scoped_release unlocked;
    page = self.gallery.subjects(limit, after);
  }
  return texts_of(page);
}

/// Cohorts, number of references, time and number of the enrolment.
std::optional<std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::uint64_t>> enrolled(
    const OpenGallery& self, const py::object& given) {
  const SubjectId subject = subject_id(given, "subject");
  const py::gil_scoped_release unlocked;
  const std::optional<EnrolledSubject> found = self.gallery.enrolled(subject);
  if (!found) return std::nullopt;
  return std::tuple(found->cohorts.bits, found->num_references, found->enrolled_at_s,
                    found->enrolment);
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
  fields["num_refusals_today"] = now.num_refusals_today;
  fields["num_withheld"] = now.num_withheld;
  fields["num_wrapping_keys"] = now.num_wrapping_keys;
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
                  py::arg("key"), py::arg("is_resident"), py::arg("residual_codes"),
                  py::arg("is_batched"), py::arg("anchor"), py::arg("refusals"))
      .def_static("open", &open, py::arg("path"), py::arg("key"), py::arg("is_resident"),
                  py::arg("residual_codes"), py::arg("is_batched"), py::arg("execution"),
                  py::arg("anchor"), py::arg("refusals"))
      .def_static("follow", &follow, py::arg("path"), py::arg("key"), py::arg("is_resident"),
                  py::arg("residual_codes"), py::arg("execution"), py::arg("anchor"),
                  py::arg("refusals"))
      .def_static("check", &check, py::arg("path"), py::arg("key"), py::arg("execution"),
                  py::arg("anchor"))
      .def_property_readonly(
          "model",
          [](const OpenGallery& self) { return std::pair(self.model.name, self.model.dim); })
      .def_readonly("id", &OpenGallery::id)
      .def("enrol", &enrol, py::arg("ids"), py::arg("embeddings"), py::arg("cohorts"),
           py::arg("execution"), py::arg("tell"), py::arg("checks"))
      .def("update", &update, py::arg("ids"), py::arg("embeddings"), py::arg("cohorts"),
           py::arg("execution"), py::arg("checks"))
      .def("identify", &identify, py::arg("probes"), py::arg("options"), py::arg("execution"))
      .def("verify", &verify, py::arg("claimed"), py::arg("probe"), py::arg("options"))
      .def("remove", &remove, py::arg("ids"))
      .def("compact", &compact)
      .def("backup", &backup, py::arg("path"), py::arg("tell"))
      .def_static("restore", &restore, py::arg("backup"), py::arg("path"), py::arg("key"),
                  py::arg("anchor"), py::arg("execution"), py::arg("tell"))
      .def("rotate_keys", &rotate_keys, py::arg("tell"))
      .def("purge", &purge, py::arg("tell"))
      .def("renew", &renew, py::arg("execution"), py::arg("tell"))
      .def("erasure_receipt", &erasure_receipt, py::arg("commit"))
      .def("receipt_key", &receipt_key)
      .def("pseudonym", &pseudonym, py::arg("subject"), py::arg("relying_party"))
      .def_static("change_key", &change_key, py::arg("path"), py::arg("key"), py::arg("new_key"))
      .def("set_anchor", &set_anchor, py::arg("anchor"))
      .def("flush", &flush)
      .def("subjects", &subjects, py::arg("limit"), py::arg("after"))
      .def("contains", &contains, py::arg("subject"))
      .def("enrolled", &enrolled, py::arg("subject"))
      .def("counts", &counts)
      .def("close", &close);
}

}  // namespace morgiana::python
