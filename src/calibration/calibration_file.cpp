#include "morgiana/calibration_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "morgiana/error.hpp"

namespace morgiana {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kMostDepth = 8;

/// A value and where it stands: "curves[2].points[0].fmr".
class Field {
 public:
  Field(const Json& value, std::string source, std::string path)
      : value_(value), source_(std::move(source)), path_(std::move(path)) {}

  /// An object of these fields, all of them and no other.
  void has_only(std::initializer_list<const char*> names) const {
    if (!value_.is_object()) fail("is no object");
    for (const char* name : names) {
      if (!value_.contains(name)) fail(std::string("lacks the field ") + name);
    }
    if (value_.size() == names.size()) return;
    for (const auto& [name, value] : value_.items()) {
      const auto is_it = [&known = name](const char* one) { return known == one; };
      if (std::none_of(names.begin(), names.end(), is_it)) fail("has an unknown field " + name);
    }
  }

  Field operator[](const char* name) const {
    return {value_.at(name), source_, path_.empty() ? name : path_ + "." + name};
  }
  std::vector<Field> items() const {
    if (!value_.is_array()) fail("is no list");
    std::vector<Field> all;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      all.push_back({value_[i], source_, path_ + "[" + std::to_string(i) + "]"});
    }
    return all;
  }
  std::string text() const {
    if (!value_.is_string()) fail("is no text");
    return value_.get<std::string>();
  }
  double number() const {
    if (!value_.is_number()) fail("is no number");
    return value_.get<double>();
  }
  std::uint64_t count() const {
    if (!value_.is_number_unsigned()) fail("is no whole number from 0 up");
    return value_.get<std::uint64_t>();
  }
  std::uint32_t small_count() const {
    const std::uint64_t number = count();
    if (number > 1'000'000) fail("is above 1000000");
    return static_cast<std::uint32_t>(number);
  }
  bool is_null() const { return value_.is_null(); }

  [[noreturn]] void fail(const std::string& what, Errc code = Errc::invalid_argument) const {
    throw Error(code, source_ + ": " + (path_.empty() ? "the calibration" : path_) + " " + what);
  }

 private:
  const Json& value_;
  std::string source_;
  std::string path_;
};

/// Its interval follows from the two.
Json written(const ObservedRate& rate) {
  return Json::array({rate.value, rate.effective_trials});
}

ObservedRate read_rate(const Field& field) {
  const std::vector<Field> parts = field.items();
  if (parts.size() != 2) field.fail("is not a rate and its effective trials");
  const double value = parts[0].number();
  const double trials = parts[1].number();
  if (!(value >= 0.0 && value <= 1.0)) parts[0].fail("is no rate from 0 to 1");
  if (!(trials > 0.0 && trials <= 1e18)) parts[1].fail("are no trials");
  return detail::rate_of(value, trials);
}

Json written(const CalibrationPoint& point) {
  return {{"threshold", point.threshold.cosine},
          {"num_identity_pairs", point.num_identity_pairs},
          {"fmr", written(point.fmr)},
          {"fpir", written(point.fpir)},
          {"fnmr", point.fnmr ? written(*point.fnmr) : Json()}};
}

CalibrationPoint read_point(const Field& field) {
  field.has_only({"threshold", "num_identity_pairs", "fmr", "fpir", "fnmr"});
  const double threshold = field["threshold"].number();
  if (!(threshold >= -1.0 && threshold <= 1.0)) field["threshold"].fail("is no cosine");
  CalibrationPoint point{{static_cast<float>(threshold)},
                         field["num_identity_pairs"].count(),
                         read_rate(field["fmr"]),
                         read_rate(field["fpir"]),
                         std::nullopt};
  if (!field["fnmr"].is_null()) point.fnmr = read_rate(field["fnmr"]);
  return point;
}

Json written(const CalibrationCurve& curve) {
  Json points = Json::array();
  for (const CalibrationPoint& point : curve.points) points.push_back(written(point));
  return {{"references_per_subject", curve.references_per_subject},
          {"num_probes", curve.num_probes},
          {"num_probe_identities", curve.num_probe_identities},
          {"num_subjects", curve.num_subjects},
          {"points", std::move(points)}};
}

CalibrationCurve read_curve(const Field& field) {
  field.has_only(
      {"references_per_subject", "num_probes", "num_probe_identities", "num_subjects", "points"});
  CalibrationCurve curve{field["references_per_subject"].small_count(),
                         field["num_probes"].small_count(),
                         field["num_probe_identities"].count(),
                         field["num_subjects"].number(),
                         {}};
  for (const Field& point : field["points"].items()) curve.points.push_back(read_point(point));
  return curve;
}

Json written(const CalibrationEvidence& evidence) {
  return {{"data", evidence.data},
          {"data_sha256", evidence.data_digest},
          {"date", evidence.date},
          {"num_identities", evidence.num_identities},
          {"num_images", evidence.num_images},
          {"num_excluded_pairs", evidence.num_excluded_pairs}};
}

CalibrationEvidence read_evidence(const Field& field) {
  field.has_only(
      {"data", "data_sha256", "date", "num_identities", "num_images", "num_excluded_pairs"});
  return {field["data"].text(),        field["data_sha256"].text(),
          field["date"].text(),        field["num_identities"].count(),
          field["num_images"].count(), field["num_excluded_pairs"].count()};
}

ModelId read_model(const Field& field) {
  field.has_only({"name", "dim"});
  return {field["name"].text(), field["dim"].small_count()};
}

/// Names that stand twice in an object would let the text say two things.
Json parse(std::string_view text, const std::string& source) {
  std::vector<std::vector<std::string>> names;
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMostDepth) throw Error(Errc::invalid_argument, source + " is nested too deeply");
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key) {
      const std::string name = value.get<std::string>();
      std::vector<std::string>& known = names.back();
      if (std::find(known.begin(), known.end(), name) != known.end()) {
        throw Error(Errc::invalid_argument, source + ": the field " + name + " stands twice");
      }
      known.push_back(name);
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    throw Error(Errc::invalid_argument, source + " is no JSON: " + error.what());
  }
}

}  // namespace

std::string to_json(const Calibration& calibration) {
  Json curves = Json::array();
  for (const CalibrationCurve& curve : calibration.curves()) curves.push_back(written(curve));
  const Json all = {
      {"format", kFormat},
      {"model", {{"name", calibration.model().name}, {"dim", calibration.model().dim}}},
      {"evidence", written(calibration.evidence())},
      {"curves", std::move(curves)}};
  try {
    return all.dump(1) + "\n";
  } catch (const Json::exception&) {
    throw Error(Errc::invalid_argument, "the evidence of the calibration is not UTF-8");
  }
}

Calibration parse_calibration(std::string_view json, const std::string& source) {
  if (json.size() > kMostBytes) {
    throw Error(Errc::invalid_argument, source + " has " + std::to_string(json.size()) +
                                            " bytes; a calibration has 16 MiB at most");
  }
  const Json all = parse(json, source);
  const Field root(all, source, "");
  if (all.is_object() && all.contains("format") && root["format"].count() > kFormat) {
    root["format"].fail("is " + std::to_string(root["format"].count()) +
                            ", this build reads up to " + std::to_string(kFormat),
                        Errc::unsupported_format);
  }
  root.has_only({"format", "model", "evidence", "curves"});
  if (root["format"].count() == 0) root["format"].fail("is 0");
  std::vector<CalibrationCurve> curves;
  for (const Field& curve : root["curves"].items()) curves.push_back(read_curve(curve));
  try {
    return {read_model(root["model"]), read_evidence(root["evidence"]), std::move(curves)};
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(source)) throw;
    throw Error(error.code(), source + ": " + error.what());
  }
}

Calibration load_calibration(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Errc::not_found, "the calibration " + path + ": " + std::strerror(errno));
  std::string text;
  while (text.size() <= kMostBytes && file) {
    char block[1 << 16];
    file.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw Error(Errc::storage_failed, "the calibration " + path + " cannot be read");
  return parse_calibration(text, path);
}

}  // namespace morgiana
