#include "morgiana/calibration_file.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "json/field.hpp"
#include "json/json.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

using json::Field;
using json::Fields;
using Written = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMostPoints = 1000;
constexpr std::size_t kMostCurves = 100;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMost32 = std::numeric_limits<std::uint32_t>::max();

json::Source source_of(const std::string& name) {
  return {name, Errc::bad_calibration, std::size_t{16} << 20};
}

std::uint64_t count(const Field& field) {
  return static_cast<std::uint64_t>(field.whole(0, kMost));
}
std::uint32_t count_32(const Field& field) {
  return static_cast<std::uint32_t>(field.whole(0, kMost32));
}

/// Its interval follows from the two.
Written written(const ObservedRate& rate) {
  return Written::array({rate.value, rate.effective_trials});
}

ObservedRate read_rate(const Field& field) {
  const std::vector<Field> parts = field.items();
  if (parts.size() != 2) field.refuse("is a rate and its effective trials");
  const double value = parts[0].number();
  const double trials = parts[1].number();
  if (!(value >= 0.0 && value <= 1.0)) parts[0].refuse("is a rate from 0 to 1");
  if (!(trials > 0.0 && trials <= 1e12)) parts[1].refuse("is a number of trials, up to 1e12");
  return detail::rate_of(value, trials);
}

Written written(const CalibrationPoint& point) {
  return {{"threshold", point.threshold.cosine},
          {"num_identity_pairs", point.num_identity_pairs},
          {"fmr", written(point.fmr)},
          {"fpir", written(point.fpir)},
          {"fnmr", point.fnmr ? written(*point.fnmr) : Written()}};
}

CalibrationPoint read_point(const Field& field) {
  Fields fields(field);
  const Field threshold = fields.require("threshold");
  const double cosine = threshold.number();
  if (!(cosine >= -1.0 && cosine <= 1.0)) threshold.refuse("is a cosine from -1 to 1");
  CalibrationPoint point{{static_cast<float>(cosine)},
                         count(fields.require("num_identity_pairs")),
                         read_rate(fields.require("fmr")),
                         read_rate(fields.require("fpir")),
                         std::nullopt};
  const Field fnmr = fields.require("fnmr");
  if (!fnmr.is_null()) point.fnmr = read_rate(fnmr);
  fields.finish();
  return point;
}

Written written(const CalibrationCurve& curve) {
  Written points = Written::array();
  for (const CalibrationPoint& point : curve.points) points.push_back(written(point));
  return {{"references_per_subject", curve.references_per_subject},
          {"num_probes", curve.num_probes},
          {"num_probe_identities", curve.num_probe_identities},
          {"num_subjects", curve.num_subjects},
          {"points", std::move(points)}};
}

CalibrationCurve read_curve(const Field& field) {
  Fields fields(field);
  CalibrationCurve curve{count_32(fields.require("references_per_subject")),
                         count_32(fields.require("num_probes")),
                         count(fields.require("num_probe_identities")),
                         fields.require("num_subjects").number(),
                         {}};
  const Field points = fields.require("points");
  if (points.items().size() > kMostPoints) {
    points.refuse("has " + std::to_string(kMostPoints) + " points at most");
  }
  for (const Field& point : points.items()) curve.points.push_back(read_point(point));
  fields.finish();
  return curve;
}

Written written(const CalibrationEvidence& evidence) {
  return {{"data", evidence.data},
          {"data_sha256", evidence.data_digest},
          {"date", evidence.date},
          {"num_identities", evidence.num_identities},
          {"num_images", evidence.num_images},
          {"num_excluded_pairs", evidence.num_excluded_pairs}};
}

CalibrationEvidence read_evidence(const Field& field) {
  Fields fields(field);
  CalibrationEvidence evidence{
      fields.require("data").text(kMaxTextBytes), fields.require("data_sha256").text(kMaxTextBytes),
      fields.require("date").text(kMaxTextBytes), count(fields.require("num_identities")),
      count(fields.require("num_images")),        count(fields.require("num_excluded_pairs"))};
  fields.finish();
  return evidence;
}

ModelId read_model(const Field& field) {
  Fields fields(field);
  ModelId model{fields.require("name").text(kMaxTextBytes), count_32(fields.require("dim"))};
  fields.finish();
  return model;
}

}  // namespace

std::string to_json(const Calibration& calibration) {
  Written curves = Written::array();
  for (const CalibrationCurve& curve : calibration.curves()) curves.push_back(written(curve));
  const Written all = {
      {"format", kFormat},
      {"model", {{"name", calibration.model().name}, {"dim", calibration.model().dim}}},
      {"evidence", written(calibration.evidence())},
      {"curves", std::move(curves)}};
  try {
    return all.dump(1) + "\n";
  } catch (const nlohmann::json::exception&) {
    throw Error(Errc::invalid_argument, "the evidence of the calibration is not UTF-8");
  }
}

Calibration parse_calibration(std::string_view text, const std::string& name) {
  const json::Source source = source_of(name);
  const json::Value root = json::parse(text, source);
  const Field all(source, root);
  Fields fields(all);
  fields.require("format").require_format(kFormat);
  ModelId model = read_model(fields.require("model"));
  CalibrationEvidence evidence = read_evidence(fields.require("evidence"));
  std::vector<CalibrationCurve> curves;
  const Field list = fields.require("curves");
  if (list.items().size() > kMostCurves) {
    list.refuse("has " + std::to_string(kMostCurves) + " curves at most");
  }
  for (const Field& curve : list.items()) curves.push_back(read_curve(curve));
  fields.finish();
  try {
    return {std::move(model), std::move(evidence), std::move(curves)};
  } catch (const Error& error) {
    all.refuse(error.what());
  }
}

Calibration load_calibration(const std::string& path) {
  return parse_calibration(json::read(source_of(path)), path);
}

}  // namespace morgiana
