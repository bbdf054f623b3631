#include "calibration.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "morgiana/calibration_estimate.hpp"
#include "morgiana/calibration_file.hpp"
#include "morgiana/log_estimate.hpp"
#include "paths.hpp"
#include "scores.hpp"
#include "sealed_class.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

using Rate = ObservedRate;
using Points = std::vector<CalibrationPoint>;

std::vector<ImagePair> pairs_of(const py::object& first, const py::object& second,
                                const py::object& scores, const std::string& name) {
  const auto a = values_of<std::uint32_t>(first, (name + "_first").c_str());
  const auto b = values_of<std::uint32_t>(second, (name + "_second").c_str());
  const auto s = values_of<float>(scores, (name + "_scores").c_str());
  if (a.size() != b.size() || a.size() != s.size()) {
    throw Error(Errc::invalid_argument, name + " pairs are of different lengths");
  }
  std::vector<ImagePair> pairs;
  pairs.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) pairs.push_back({a[i], b[i], s[i]});
  return pairs;
}

CalibrationEvidence evidence_of(const py::dict& given) {
  return {
      given["data"].cast<std::string>(),         given["data_sha256"].cast<std::string>(),
      given["date"].cast<std::string>(),         given["num_identities"].cast<std::uint64_t>(),
      given["num_images"].cast<std::uint64_t>(), given["num_excluded_pairs"].cast<std::uint64_t>()};
}

/// `mated` and `non_mated`: first images, second images and scores.
Calibration estimated(const std::string& model, std::uint32_t dim, const py::dict& evidence,
                      const py::object& identity_of, const py::tuple& mated,
                      const py::tuple& non_mated, float floor,
                      const std::vector<std::pair<std::uint32_t, std::uint32_t>>& excluded,
                      const py::object& thresholds, std::uint32_t most_references,
                      std::uint32_t most_probes) {
  const auto right = pairs_of(mated[0], mated[1], mated[2], "mated");
  const auto wrong = pairs_of(non_mated[0], non_mated[1], non_mated[2], "non_mated");
  EstimateOptions options{{}, most_references, most_probes};
  for (const float at : values_of<float>(thresholds, "thresholds")) {
    options.thresholds.push_back({at});
  }
  if (options.thresholds.empty()) options.thresholds = threshold_steps(floor, wrong);
  const Comparisons comparisons{values_of<std::uint32_t>(identity_of, "identity_of"), right, wrong,
                                floor, excluded};
  const CalibrationEvidence found = evidence_of(evidence);
  const py::gil_scoped_release release;
  return {{model, dim}, found, estimate(comparisons, options)};
}

/// `found`: searches, subjects and scores.
Calibration estimated_log(const std::string& model, std::uint32_t dim, const py::dict& evidence,
                          const py::object& person_of, const py::object& num_references,
                          const py::tuple& found, float floor,
                          const std::vector<std::pair<std::uint32_t, std::uint32_t>>& excluded,
                          std::uint32_t most_probes) {
  const auto searches = values_of<std::uint32_t>(found[0], "searches");
  const auto subjects = values_of<std::uint32_t>(found[1], "subjects");
  const auto scores = values_of<float>(found[2], "scores");
  const auto people = values_of<std::uint32_t>(person_of, "person_of");
  const auto references = values_of<std::uint32_t>(num_references, "num_references");
  if (searches.size() != subjects.size() || searches.size() != scores.size()) {
    throw Error(Errc::invalid_argument, "what was found is of different lengths");
  }
  const CalibrationEvidence of = evidence_of(evidence);
  const py::gil_scoped_release release;
  std::vector<LoggedScore> all;
  std::vector<LoggedScore> of_strangers;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    all.push_back({searches[i], subjects[i], scores[i]});
    const bool is_own = searches[i] < people.size() && people[searches[i]] == subjects[i];
    if (!is_own) of_strangers.push_back(all.back());
  }
  const SearchLog log{people, references, all, floor, excluded};
  return {{model, dim}, of, estimate(log, threshold_steps(floor, of_strangers), most_probes)};
}

py::dict table_of(const CalibrationCurve& curve) {
  const Points& points = curve.points;
  const auto column = [&](auto of) { return array_of<double>(points, of); };
  const auto rates = [&](auto of) {
    py::dict columns;
    columns["value"] = column([&](const CalibrationPoint& p) { return of(p).value; });
    columns["low"] = column([&](const CalibrationPoint& p) { return of(p).bounds.low; });
    columns["high"] = column([&](const CalibrationPoint& p) { return of(p).bounds.high; });
    columns["effective_trials"] =
        column([&](const CalibrationPoint& p) { return of(p).effective_trials; });
    return columns;
  };
  py::dict table;
  table["references_per_subject"] = curve.references_per_subject;
  table["num_probes"] = curve.num_probes;
  table["num_probe_identities"] = curve.num_probe_identities;
  table["num_subjects"] = curve.num_subjects;
  table["thresholds"] =
      array_of<float>(points, [](const CalibrationPoint& p) { return p.threshold.cosine; });
  table["num_identity_pairs"] = array_of<std::uint64_t>(
      points, [](const CalibrationPoint& p) { return p.num_identity_pairs; });
  table["is_supported"] = array_of<bool>(points, &is_supported);
  table["fmr"] = rates([](const CalibrationPoint& p) { return p.fmr; });
  table["fpir"] = rates([](const CalibrationPoint& p) { return p.fpir; });
  const bool has_fnmr = !points.empty() && points.front().fnmr.has_value();
  table["fnmr"] = has_fnmr ? py::object(rates([](const CalibrationPoint& p) {
    return p.fnmr.value_or(Rate{1.0, {0.0, 1.0}, 1.0});
  }))
                           : py::object(py::none());
  return table;
}

py::tuple risk_tuple(const PredictedRisk& risk) {
  return py::make_tuple(name(risk.support), risk.fpir, risk.bounds.low, risk.bounds.high, risk.why);
}

}  // namespace

py::tuple resolved_tuple(const ResolvedRisk& resolved) {
  const bool is_set = resolved.predicted.support != Support::unsupported;
  std::optional<double> fmr;
  if (resolved.accept.stands_for) fmr = resolved.accept.stands_for->rate;
  return py::make_tuple(
      is_set ? py::object(py::float_(resolved.accept.at_least.cosine)) : py::object(py::none()),
      fmr, risk_tuple(resolved.predicted), resolved.least_supported);
}

py::object resolved_risk(const std::optional<ResolvedRisk>& resolved) {
  if (!resolved) return py::none();
  const py::object type = py::module_::import("morgiana.calibration").attr("ResolvedRisk");
  return type.attr("_of")(resolved_tuple(*resolved));
}

void bind_calibration(py::module_& module) {
  sealed_class<Calibration, std::shared_ptr<Calibration>>(module, "Calibration")
      .def_static("estimate", &estimated, py::arg("model"), py::arg("dim"), py::arg("evidence"),
                  py::arg("identity_of"), py::arg("mated"), py::arg("non_mated"), py::arg("floor"),
                  py::arg("excluded"), py::arg("thresholds"), py::arg("most_references"),
                  py::arg("most_probes"))
      .def_static("estimate_log", &estimated_log, py::arg("model"), py::arg("dim"),
                  py::arg("evidence"), py::arg("person_of"), py::arg("num_references"),
                  py::arg("found"), py::arg("floor"), py::arg("excluded"), py::arg("most_probes"))
      .def_static("parse", &parse_calibration, py::arg("json"), py::arg("source"),
                  py::call_guard<py::gil_scoped_release>())
      .def_static(
          "load",
          [](const py::bytes& path) {
            const std::string name = path_of(path);
            const py::gil_scoped_release release;
            return load_calibration(name);
          },
          py::arg("path"))
      .def("to_json", &to_json)
      .def_property_readonly(
          "model", [](const Calibration& c) { return std::pair(c.model().name, c.model().dim); })
      .def("evidence",
           [](const Calibration& c) {
             const CalibrationEvidence& e = c.evidence();
             return py::make_tuple(e.data, e.data_digest, e.date, e.num_identities, e.num_images,
                                   e.num_excluded_pairs);
           })
      .def("tables",
           [](const Calibration& c) {
             py::list tables;
             for (const CalibrationCurve& curve : c.curves()) tables.append(table_of(curve));
             return tables;
           })
      .def(
          "risk",
          [](const Calibration& c, float threshold, std::uint64_t num_subjects,
             std::uint64_t num_references, std::uint32_t num_probes) {
            return risk_tuple(c.risk({threshold}, {num_subjects, num_references, num_probes}));
          },
          py::arg("threshold"), py::arg("num_subjects"), py::arg("num_references"),
          py::arg("num_probes"))
      .def("threshold_for", [](const Calibration& c, double fpir, std::uint64_t num_subjects,
                               std::uint64_t num_references, std::uint32_t num_probes) {
        return resolved_tuple(
            c.threshold_for(Fpir{fpir}, {num_subjects, num_references, num_probes}));
      });
}

}  // namespace morgiana::python
