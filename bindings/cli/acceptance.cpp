#include "acceptance.hpp"

#include <limits>

#include "morgiana/calibration_file.hpp"
#include "number.hpp"

namespace morgiana::cli {

std::optional<Risk> Acceptance::risk() const {
  if (!is_by_risk()) return std::nullopt;
  return Risk{{fpir}, static_cast<std::uint32_t>(num_probes)};
}

std::shared_ptr<const Calibration> Acceptance::load() const {
  if (!is_by_risk()) return nullptr;
  return std::make_shared<const Calibration>(load_calibration(calibration));
}

void add_acceptance(CLI::App& verb, Acceptance& acceptance) {
  CLI::Option_group& by = *verb.add_option_group("acceptance");
  by.require_option(1);
  add_number(by, "--threshold", acceptance.threshold.at_least.cosine, -1, 1,
             "Least score that is accepted, -1 to 1");
  CLI::Option* const risk =
      add_rate(by, "--risk", acceptance.fpir,
               "In place of a threshold: how often a stranger may be taken for somebody, an FPIR "
               "above 0 and below 1");
  CLI::Option* const calibration =
      verb.add_option("--calibration", acceptance.calibration,
                      "Of the gallery's model: the file that says which threshold keeps the risk")
          ->type_name("FILE")
          ->needs(risk);
  risk->needs(calibration);
  add_whole_number(verb, "--transaction-probes", acceptance.num_probes, 1,
                   std::numeric_limits<std::uint32_t>::max(),
                   "Probes of a stranger before he is sent away, which the risk is of: frames "
                   "times tries; 1 without it")
      ->needs(risk);
}

nlohmann::json resolution(const std::optional<ResolvedRisk>& resolved) {
  if (!resolved) return nullptr;
  const PredictedRisk& predicted = resolved->predicted;
  nlohmann::json fields{
      {"support", name(predicted.support)}, {"threshold", nullptr}, {"least_supported", nullptr}};
  if (resolved->least_supported) fields["least_supported"] = *resolved->least_supported;
  if (predicted.support == Support::unsupported) {
    fields["why"] = predicted.why;
    return fields;
  }
  fields["threshold"] = resolved->accept.at_least.cosine;
  fields["fpir"] = {
      {"value", predicted.fpir}, {"low", predicted.bounds.low}, {"high", predicted.bounds.high}};
  return fields;
}

}  // namespace morgiana::cli
