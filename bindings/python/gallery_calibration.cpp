#include "morgiana/gallery_calibration.hpp"

#include <pybind11/stl.h>

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "cohorts.hpp"
#include "morgiana/calibration_departure.hpp"
#include "open_gallery.hpp"
#include "progress.hpp"
#include "subject_ids.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

using GivenPairs = std::vector<std::pair<py::object, py::object>>;

std::vector<SubjectPair> pairs(const GivenPairs& given) {
  std::vector<SubjectPair> made;
  for (const auto& [one, other] : given) {
    made.emplace_back(subject_id(one, "excluded"), subject_id(other, "excluded"));
  }
  return made;
}

/// The calibration, duplicates, hubs, and how many subjects and references were compared.
py::tuple calibrate(const OpenGallery& self, std::string data, const py::object& cohorts,
                    const GivenPairs& excluded, const EnrolChecks& checks,
                    std::uint64_t max_subjects, const Execution& execution,
                    const py::object& tell) {
  Progress progress(tell);
  const CalibrateOptions options{.data = std::move(data),
                                 .cohorts = cohorts_of_search(cohorts),
                                 .excluded = pairs(excluded),
                                 .checks = checks,
                                 .max_subjects = max_subjects,
                                 .execution = execution,
                                 .progress = std::ref(progress)};
  GalleryCalibration found = [&] {
    const py::gil_scoped_release unlocked;
    return self.gallery.calibrate(options);
  }();
  py::list duplicates;
  for (const auto& [one, other] : found.duplicates) {
    duplicates.append(py::make_tuple(one.str(), other.str()));
  }
  py::list hubs;
  for (const SubjectId& one : found.hubs) hubs.append(one.str());
  return py::make_tuple(std::make_shared<Calibration>(std::move(found.calibration)),
                        py::tuple(duplicates), py::tuple(hubs), found.num_subjects,
                        found.num_references);
}

/// Threshold, and value, low and high of the one and of the other.
py::list departures_of(const Calibration& here, const Calibration& there) {
  const auto rate = [](const ObservedRate& r) {
    return py::make_tuple(r.value, r.bounds.low, r.bounds.high);
  };
  py::list found;
  for (const CalibrationDeparture& one : departures(here, there)) {
    found.append(py::make_tuple(one.threshold.cosine, rate(one.here), rate(one.there)));
  }
  return found;
}

}  // namespace

void bind_gallery_calibration(py::module_& module) {
  module.def("calibrate_gallery", &calibrate, py::arg("gallery"), py::arg("data"),
             py::arg("cohorts"), py::arg("excluded"), py::arg("checks"), py::arg("max_subjects"),
             py::arg("execution"), py::arg("tell"));
  module.def("departures", &departures_of, py::arg("here"), py::arg("there"));
}

}  // namespace morgiana::python
