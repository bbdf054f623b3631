#include <pybind11/stl.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "cohorts.hpp"
#include "morgiana/context.hpp"
#include "morgiana/policy_file.hpp"
#include "paths.hpp"
#include "sealed_class.hpp"
#include "subject_ids.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Python's integers are wider. Errors: invalid_argument.
template <class Number>
Number fitting(const char* what, std::int64_t given) {
  using Limits = std::numeric_limits<Number>;
  if (given >= std::int64_t{Limits::min()} && given <= std::int64_t{Limits::max()}) {
    return static_cast<Number>(given);
  }
  throw Error(Errc::invalid_argument,
              std::string(what) + " is from " + std::to_string(Limits::min()) + " to " +
                  std::to_string(Limits::max()) + ", got " + std::to_string(given));
}

using Whole = std::optional<std::int64_t>;
using GivenAmount = std::tuple<std::int64_t, std::string>;
/// Area, cohorts or None, a mask of weekdays, from and to.
using GivenAccess = std::tuple<std::string, py::object, std::int64_t, std::int64_t, std::int64_t>;
/// Amount, and whether it needs a step up.
using GivenTier = std::tuple<GivenAmount, bool>;
using GivenArea = std::tuple<std::string, Whole>;
using GivenPassage = std::tuple<std::int64_t, std::string, std::string>;
/// Subject, cohorts or None, last passage, spent today, whether there never was a passage.
using GivenFacts = std::tuple<py::object, py::object, std::optional<GivenPassage>,
                              std::optional<GivenAmount>, bool>;

std::optional<std::uint32_t> limit(const char* what, Whole given) {
  return given ? std::optional(fitting<std::uint32_t>(what, *given)) : std::nullopt;
}

Amount amount(const GivenAmount& given) {
  return {std::get<0>(given), std::get<1>(given)};
}

std::optional<Amount> amount(const std::optional<GivenAmount>& given) {
  return given ? std::optional(amount(*given)) : std::nullopt;
}

AccessRule access_rule(const GivenAccess& given) {
  const auto& [area, cohorts, weekdays, from, to] = given;
  return {area,
          cohorts_of_search(cohorts),
          {fitting<std::uint8_t>("weekdays", weekdays)},
          fitting<std::uint16_t>("from_minute", from),
          fitting<std::uint16_t>("to_minute", to)};
}

Rules rules(const std::vector<GivenAccess>& access, const std::vector<GivenArea>& anti_passback,
            Whole debounce_s, const std::vector<GivenTier>& amounts,
            const std::vector<GivenAmount>& day_limits, Whole max_attempts, Whole max_transaction_s,
            Whole max_capture_age_s) {
  Rules made{.debounce_s = limit("debounce_s", debounce_s),
             .max_attempts = limit("max_attempts", max_attempts),
             .max_transaction_s = limit("max_transaction_s", max_transaction_s),
             .max_capture_age_s = limit("max_capture_age_s", max_capture_age_s)};
  for (const GivenAccess& one : access) made.access.push_back(access_rule(one));
  for (const auto& [area, reset_after_s] : anti_passback) {
    made.anti_passback.push_back({area, limit("reset_after_s", reset_after_s)});
  }
  for (const auto& [up_to, needs_step_up] : amounts) {
    made.amounts.push_back({amount(up_to), needs_step_up ? Needs::step_up : Needs::face});
  }
  for (const GivenAmount& one : day_limits) made.day_limits.push_back(amount(one));
  if (const auto fault = detail::fault_of(made)) {
    throw Error(Errc::invalid_argument, fault->path() + " " + std::string(fault->limit));
  }
  return made;
}

/// The package lets none but these names come here.
Direction direction(std::string_view given) {
  if (given == name(Direction::in)) return Direction::in;
  return given == name(Direction::out) ? Direction::out : Direction::none;
}

SubjectFacts facts(const GivenFacts& given) {
  const auto& [subject, cohorts, last_passage, spent_today, never_passed] = given;
  SubjectFacts made{.subject = subject_id(subject, "subject"),
                    .never_passed = never_passed,
                    .spent_today = amount(spent_today)};
  if (!cohorts.is_none()) made.cohorts = cohorts_of_search(cohorts);
  if (last_passage) {
    const auto& [at_s, area, way] = *last_passage;
    made.last_passage = Passage{at_s, area, direction(way)};
  }
  return made;
}

Context context(std::int64_t now_s, std::int64_t utc_offset_s, std::string area,
                const std::string& way, const std::optional<GivenAmount>& paid, Whole attempt,
                Whole begun_at_s, Whole captured_at_s, bool has_second_factor,
                const std::optional<GivenFacts>& known) {
  return {.now_s = now_s,
          .utc_offset_s = fitting<std::int32_t>("utc_offset_s", utc_offset_s),
          .area = std::move(area),
          .direction = direction(way),
          .amount = amount(paid),
          .attempt = limit("attempt", attempt),
          .begun_at_s = begun_at_s,
          .captured_at_s = captured_at_s,
          .has_second_factor = has_second_factor,
          .facts = known ? std::optional(facts(*known)) : std::nullopt};
}

py::tuple stated(const Amount& amount) {
  return py::make_tuple(amount.minor_units, amount.currency);
}

/// As `rules` takes them.
py::tuple stated(const Rules& rules) {
  py::list access;
  for (const AccessRule& rule : rules.access) {
    access.append(py::make_tuple(rule.area, rule.cohorts.bits, rule.weekdays.bits, rule.from_minute,
                                 rule.to_minute));
  }
  py::list anti_passback;
  for (const AntiPassback& rule : rules.anti_passback) {
    anti_passback.append(py::make_tuple(rule.area, rule.reset_after_s));
  }
  py::list amounts;
  for (const AmountTier& tier : rules.amounts) {
    amounts.append(py::make_tuple(stated(tier.up_to), tier.needs == Needs::step_up));
  }
  py::list day_limits;
  for (const Amount& one : rules.day_limits) day_limits.append(stated(one));
  return py::make_tuple(access, anti_passback, rules.debounce_s, amounts, day_limits,
                        rules.max_attempts, rules.max_transaction_s, rules.max_capture_age_s);
}

/// Name, version, digest, threshold or None, margin, miss probability, rules, risk or None.
py::tuple stated(const PolicyFile& file) {
  const Policy& policy = file.policy;
  py::object accept = py::none();
  py::object risk = py::none();
  if (policy.risk) {
    risk = py::make_tuple(policy.risk->at_most.rate, policy.risk->num_probes);
  } else {
    accept = py::float_(policy.accept.at_least.cosine);
  }
  return py::make_tuple(file.name, file.version, file.digest, accept, policy.margin,
                        policy.assurance.miss_probability, stated(policy.rules), risk);
}

}  // namespace

void bind_policy(py::module_& module) {
  sealed_class<Rules>(module, "Rules");
  sealed_class<Context>(module, "Context");
  module.def("rules", &rules, py::arg("access"), py::arg("anti_passback"), py::arg("debounce_s"),
             py::arg("amounts"), py::arg("day_limits"), py::arg("max_attempts"),
             py::arg("max_transaction_s"), py::arg("max_capture_age_s"));
  module.def("context", &context, py::arg("now_s"), py::arg("utc_offset_s"), py::arg("area"),
             py::arg("direction"), py::arg("amount"), py::arg("attempt"), py::arg("begun_at_s"),
             py::arg("captured_at_s"), py::arg("has_second_factor"), py::arg("facts"));
  module.def(
      "parse_policy",
      [](const py::bytes& json, const std::string& file) {
        return stated(PolicyFile::parse(std::string_view(json), file));
      },
      py::arg("json"), py::arg("file"));
  module.def(
      "load_policy", [](const py::bytes& path) { return stated(PolicyFile::load(path_of(path))); },
      py::arg("path"));
}

}  // namespace morgiana::python
