#include "morgiana/drift_file.hpp"

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
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMostCount = static_cast<std::int64_t>(DriftEvidence::kMostTransactions);

json::Source source_of(const std::string& name) {
  return {name, Errc::invalid_argument, std::size_t{64} << 20};
}

std::uint64_t count(const Field& field) {
  return static_cast<std::uint64_t>(field.whole(0, kMostCount));
}

/// So many values.
std::vector<Field> tuple(const Field& field, std::size_t size) {
  std::vector<Field> parts = field.items();
  if (parts.size() != size) field.refuse("has " + std::to_string(size) + " values");
  return parts;
}

Score read_cosine(const Field& field) {
  const double cosine = field.number();
  if (!(cosine >= -1.0 && cosine <= 1.0)) field.refuse("is a cosine from -1 to 1");
  return {static_cast<float>(cosine)};
}

Written written(const DriftMoment& moment) {
  return Written::array({moment.transaction, moment.at_s});
}

DriftMoment read_moment(const Field& field) {
  const std::vector<Field> parts = tuple(field, 2);
  return {count(parts[0]), parts[1].whole(kLeast, kMost)};
}

Written written(const DriftEvidence& evidence) {
  Written ratios = Written::array();
  for (const RatioEvidence& ratio : evidence.ratios()) {
    ratios.push_back({ratio.e_value, ratio.run, ratio.begin.transaction, ratio.begin.at_s});
  }
  return {{"num_promised", evidence.num_promised()},
          {"num_transactions", evidence.num_transactions()},
          {"num_hits", evidence.num_hits()},
          {"last_s", evidence.last_s()},
          {"ratios", std::move(ratios)}};
}

DriftEvidence read_evidence(const Field& field) {
  Fields fields(field);
  DriftEvidence::Ratios ratios;
  const std::vector<Field> list = tuple(fields.require("ratios"), ratios.size());
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    const std::vector<Field> parts = tuple(list[i], 4);
    ratios[i] = {
        parts[0].number(), parts[1].number(), {count(parts[2]), parts[3].whole(kLeast, kMost)}};
  }
  const double num_promised = fields.require("num_promised").number();
  const std::uint64_t num_transactions = count(fields.require("num_transactions"));
  const std::uint64_t num_hits = count(fields.require("num_hits"));
  const std::int64_t last_s = fields.require("last_s").whole(kLeast, kMost);
  fields.finish();
  try {
    return {num_promised, num_transactions, num_hits, last_s, ratios};
  } catch (const Error& error) {
    field.refuse(error.what());
  }
}

Written written(const std::optional<DriftRing>& ring) {
  if (!ring) return {};
  return {{"rang", written(ring->rang)},
          {"since", written(ring->since)},
          {"threshold", ring->threshold ? Written(ring->threshold->cosine) : Written()}};
}

std::optional<DriftRing> read_ring(const Field& field) {
  if (field.is_null()) return std::nullopt;
  Fields fields(field);
  DriftRing ring{read_moment(fields.require("rang")), read_moment(fields.require("since")),
                 std::nullopt};
  const Field threshold = fields.require("threshold");
  if (!threshold.is_null()) ring.threshold = read_cosine(threshold);
  fields.finish();
  return ring;
}

Written written(const DriftAlarm::Watch& watch) {
  if (watch.evidence.empty()) return {};
  Written evidence = Written::array();
  for (const DriftEvidence& one : watch.evidence) evidence.push_back(written(one));
  return {{"ring", written(watch.ring)}, {"evidence", std::move(evidence)}};
}

DriftAlarm::Watch read_watch(const Field& field) {
  DriftAlarm::Watch watch;
  if (field.is_null()) return watch;
  Fields fields(field);
  watch.ring = read_ring(fields.require("ring"));
  for (const Field& one : fields.require("evidence").items()) {
    watch.evidence.push_back(read_evidence(one));
  }
  fields.finish();
  return watch;
}

}  // namespace

std::string to_json(const DriftAlarm& alarm) {
  const DriftOptions& options = alarm.options();
  Written thresholds = Written::array();
  for (const Score threshold : options.thresholds) thresholds.push_back(threshold.cosine);
  Written cohorts = Written::array();
  for (std::size_t i = 0; i < options.cohorts.size(); ++i) {
    cohorts.push_back({{"name", options.cohorts[i]},
                       {"false_accepts", written(alarm.cohorts()[i].false_accepts)},
                       {"scores", written(alarm.cohorts()[i].scores)}});
  }
  const Written all = {{"format", kFormat},
                       {"alpha", options.alpha},
                       {"thresholds", thresholds.empty() ? Written() : std::move(thresholds)},
                       {"cohorts", std::move(cohorts)}};
  try {
    return all.dump(1) + "\n";
  } catch (const nlohmann::json::exception&) {
    throw Error(Errc::invalid_argument, "the name of a cohort is not UTF-8");
  }
}

DriftAlarm parse_drift_alarm(std::string_view text, const std::string& name) {
  const json::Source source = source_of(name);
  const json::Value root = json::parse(text, source);
  const Field all(source, root);
  Fields fields(all);
  fields.require("format").require_format(kFormat);
  DriftOptions options{fields.require("alpha").number(), {}, {}};
  const Field thresholds = fields.require("thresholds");
  if (!thresholds.is_null()) {
    for (const Field& one : thresholds.items()) options.thresholds.push_back(read_cosine(one));
  }
  std::vector<DriftAlarm::Cohort> cohorts;
  for (const Field& one : fields.require("cohorts").items()) {
    Fields parts(one);
    options.cohorts.push_back(parts.require("name").text(kMaxNameBytes));
    cohorts.push_back(
        {read_watch(parts.require("false_accepts")), read_watch(parts.require("scores"))});
    parts.finish();
  }
  fields.finish();
  try {
    return {std::move(options), std::move(cohorts)};
  } catch (const Error& error) {
    all.refuse(error.what());
  }
}

DriftAlarm load_drift_alarm(const std::string& path) {
  return parse_drift_alarm(json::read(source_of(path)), path);
}

}  // namespace morgiana
