#include "morgiana/drift.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "morgiana/drift_file.hpp"
#include "paths.hpp"
#include "scores.hpp"
#include "sealed_class.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

std::vector<Score> scores_of(const py::object& given, const char* name) {
  std::vector<Score> scores;
  for (const float cosine : values_of<float>(given, name)) scores.push_back({cosine});
  return scores;
}

DriftAlarm alarm_of(double alpha, std::vector<std::string> cohorts, const py::object& thresholds) {
  return DriftAlarm({alpha, std::move(cohorts), scores_of(thresholds, "thresholds")});
}

bool observe_scores(DriftAlarm& alarm, const std::string& cohort, const py::object& best_non_mated,
                    const py::object& promised, std::int64_t at_s) {
  return alarm.observe_scores(cohort, scores_of(best_non_mated, "best_non_mated"),
                              values_of<double>(promised, "promised"), at_s);
}

py::tuple moment_tuple(const DriftMoment& moment) {
  return py::make_tuple(moment.transaction, moment.at_s);
}

py::object ring_tuple(const std::optional<DriftRing>& ring) {
  if (!ring) return py::none();
  std::optional<float> threshold;
  if (ring->threshold) threshold = ring->threshold->cosine;
  return py::make_tuple(moment_tuple(ring->rang), moment_tuple(ring->since), threshold);
}

py::list status_of(const DriftAlarm& alarm) {
  py::list all;
  for (const DriftStatus& one : alarm.status()) {
    all.append(py::make_tuple(one.cohort, name(one.stream), one.e_value, one.rings_at,
                              one.num_transactions, ring_tuple(one.ring)));
  }
  return all;
}

std::optional<double> promised_of(double high, std::optional<std::uint64_t> num_people) {
  return promised_rate({Support::observed, high, {high, high}, {}}, num_people);
}

}  // namespace

void bind_drift(py::module_& module) {
  module.def("promised_rate", &promised_of, py::arg("high"), py::arg("num_people"));
  sealed_class<DriftAlarm>(module, "DriftAlarm")
      .def_static("of", &alarm_of, py::arg("alpha"), py::arg("cohorts"), py::arg("thresholds"))
      .def_static("parse", &parse_drift_alarm, py::arg("json"), py::arg("source"),
                  py::call_guard<py::gil_scoped_release>())
      .def_static(
          "load",
          [](const py::bytes& path) {
            const std::string name = path_of(path);
            const py::gil_scoped_release release;
            return load_drift_alarm(name);
          },
          py::arg("path"))
      .def("to_json", [](const DriftAlarm& alarm) { return to_json(alarm); })
      .def_property_readonly("alpha", [](const DriftAlarm& a) { return a.options().alpha; })
      .def_property_readonly("cohorts", [](const DriftAlarm& a) { return a.options().cohorts; })
      .def_property_readonly("thresholds",
                             [](const DriftAlarm& alarm) {
                               return array_of<float>(alarm.options().thresholds,
                                                      [](Score score) { return score.cosine; });
                             })
      .def(
          "observe_false_accepts",
          [](DriftAlarm& alarm, const std::string& cohort, double promised,
             std::uint64_t num_transactions, std::uint64_t num_false_accepts, std::int64_t at_s) {
            return alarm.observe_false_accepts(cohort, Fpir{promised}, num_transactions,
                                               num_false_accepts, at_s);
          },
          py::arg("cohort"), py::arg("promised"), py::arg("num_transactions"),
          py::arg("num_false_accepts"), py::arg("at_s"))
      .def("observe_scores", &observe_scores, py::arg("cohort"), py::arg("best_non_mated"),
           py::arg("promised"), py::arg("at_s"))
      .def("has_rung", &DriftAlarm::has_rung)
      .def("status", &status_of)
      .def(
          "acknowledge",
          [](DriftAlarm& alarm, const std::string& cohort, bool is_scores) {
            alarm.acknowledge(cohort, is_scores ? DriftStream::scores : DriftStream::false_accepts);
          },
          py::arg("cohort"), py::arg("is_scores"));
}

}  // namespace morgiana::python
