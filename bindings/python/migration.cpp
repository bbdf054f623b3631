#include "morgiana/migration.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "cohorts.hpp"
#include "embeddings.hpp"
#include "open_gallery.hpp"
#include "sealed_class.hpp"
#include "subject_ids.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// A migration, and the models that its arrays are checked against.
struct OpenMigration {
  Migration migration;
  ModelId older;
  ModelId newer;
};

OpenMigration migrate(OpenGallery& older, OpenGallery& newer, const Policy& older_policy,
                      const Policy& newer_policy, const Policy& enrolment) {
  const MigrationPolicy policy{older_policy, newer_policy, enrolment.accept, enrolment.margin};
  const py::gil_scoped_release unlocked;
  return {Migration(older.gallery, newer.gallery, policy), older.model, newer.model};
}

PassOptions pass_options(const py::object& cohorts, const py::object& exclude, std::string caller,
                         const Execution& execution) {
  return {cohorts_of_search(cohorts), subject_ids(exclude, "exclude"), std::move(caller),
          execution};
}

Template one_template(const py::object& given, const ModelId& model, const std::string& name) {
  const Embeddings rows(given, model, name);
  if (rows.num_rows() != 1) {
    throw Error(Errc::invalid_argument,
                name + " is one photograph, got " + std::to_string(rows.num_rows()) + " rows");
  }
  return std::move(rows.templates(0, 1).front());
}

/// Outcome, reason, subject, by the older or the newer model, re-enrolment, and why it failed.
py::tuple identify(OpenMigration& self, const py::object& older_probe,
                   const py::object& newer_probe, const PassOptions& options) {
  const Template older = one_template(older_probe, self.older, "older_probe");
  const Template newer = one_template(newer_probe, self.newer, "newer_probe");
  const Pass pass = [&] {
    const py::gil_scoped_release unlocked;
    return self.migration.identify(older, newer, options);
  }();
  py::object subject = py::none();
  py::object is_newer = py::none();
  py::object error = py::none();
  if (pass.decision.subject) subject = py::str(pass.decision.subject->str());
  if (pass.model) is_newer = py::bool_(*pass.model == self.newer);
  if (pass.error) {
    error = py::make_tuple(std::string(name(pass.error->code())), text_of(pass.error->what()));
  }
  return py::make_tuple(name(pass.decision.outcome), name(pass.decision.reason), subject, is_newer,
                        name(pass.reenrolment), error);
}

using RemovedFrom = std::optional<std::tuple<std::uint64_t, bool, std::uint64_t>>;

RemovedFrom removed_from(const std::optional<Removal>& removal) {
  if (!removal) return std::nullopt;
  return std::tuple(removal->num_removed, removal->erasure == Erasure::done, removal->commit);
}

/// Of each gallery how many were removed, whether their sealed bytes are erased already, and by
/// which commit.
std::pair<RemovedFrom, RemovedFrom> remove(OpenMigration& self, const py::object& given) {
  const std::vector<SubjectId> subjects = py::isinstance<py::str>(given)
                                              ? std::vector{subject_id(given, "ids")}
                                              : subject_ids(given, "ids");
  const py::gil_scoped_release unlocked;
  const MigrationRemoval removal = self.migration.remove(subjects);
  return {removed_from(removal.older), removed_from(removal.newer)};
}

std::pair<std::uint64_t, std::uint64_t> progress(const OpenMigration& self) {
  const py::gil_scoped_release unlocked;
  const MigrationProgress now = self.migration.progress();
  return {now.num_migrated, now.num_all};
}

py::list remaining(const OpenMigration& self, std::size_t limit, const std::string& after) {
  std::vector<SubjectId> page;
  {
    const py::gil_scoped_release unlocked;
    page = self.migration.remaining(limit, after);
  }
  py::list ids;
  for (const SubjectId& id : page) ids.append(id.str());
  return ids;
}

}  // namespace

void bind_migration(py::module_& module) {
  sealed_class<PassOptions>(module, "PassOptions");
  module.def("pass_options", &pass_options, py::arg("cohorts"), py::arg("exclude"),
             py::arg("caller"), py::arg("execution"));
  sealed_class<OpenMigration>(module, "Migration")
      .def_static("migrate", &migrate, py::arg("older"), py::arg("newer"), py::arg("older_policy"),
                  py::arg("newer_policy"), py::arg("enrolment"), py::keep_alive<0, 1>(),
                  py::keep_alive<0, 2>())
      .def("identify", &identify, py::arg("older_probe"), py::arg("newer_probe"),
           py::arg("options"))
      .def("remove", &remove, py::arg("ids"))
      .def("progress", &progress)
      .def("remaining", &remaining, py::arg("limit"), py::arg("after"));
}

}  // namespace morgiana::python
