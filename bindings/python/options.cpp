#include "options.hpp"

#include <pybind11/stl.h>

#include <chrono>
#include <limits>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "cohorts.hpp"
#include "sealed_class.hpp"
#include "subject_ids.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

constexpr double kMaxTimeoutMs = 1e12;  // 31 years, far from the end of the clock

template <class T>
[[noreturn]] void refuse(const char* what, T given) {
  std::ostringstream message;
  message << what << ", got " << given;
  throw Error(Errc::invalid_argument, message.str());
}

/// The package has looked at its range.
std::optional<Risk> risk_of(const std::optional<GivenRisk>& given) {
  if (!given) return std::nullopt;
  return Risk{{given->first}, static_cast<std::uint32_t>(given->second)};
}

Threshold threshold(double at_least, std::optional<double> fmr) {
  Threshold accept{.at_least = {detail::at_or_above(at_least)}};
  if (fmr) accept.stands_for = Fmr{*fmr};
  return accept;
}

IdentifyOptions identify_options(const Policy& wanted, std::int64_t max_candidates,
                                 bool include_scores, const py::object& cohorts,
                                 const py::object& exclude, std::string caller,
                                 std::shared_ptr<const Calibration> calibration) {
  if (max_candidates < 1) refuse("max_candidates is at least 1", max_candidates);
  return {.accept = wanted.accept,
          .margin = wanted.margin,
          .max_candidates = static_cast<std::size_t>(max_candidates),
          .include_scores = include_scores,
          .assurance = wanted.assurance,
          .cohorts = cohorts_of_search(cohorts),
          .exclude = subject_ids(exclude, "exclude"),
          .caller = std::move(caller),
          .risk = wanted.risk,
          .calibration = std::move(calibration)};
}

VerifyOptions verify_options(const Policy& wanted, bool include_scores, std::string caller,
                             std::shared_ptr<const Calibration> calibration) {
  return {wanted.accept, include_scores, std::move(caller), wanted.risk, std::move(calibration)};
}

RefusalBudget refusal_budget(std::int64_t per_caller, std::int64_t per_subject, double band) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  for (const std::int64_t limit : {per_caller, per_subject}) {
    if (limit < 1 || limit > kMost) refuse("a limit of refusals is from 1 to 2**32 - 1", limit);
  }
  if (!(band >= 0 && band <= 2)) refuse("the band of refusals is from 0 to 2", band);
  return {static_cast<std::uint32_t>(per_caller), static_cast<std::uint32_t>(per_subject),
          detail::at_or_above(band)};
}

EnrolChecks enrol_checks(std::optional<double> duplicate, std::optional<double> hub,
                         std::int64_t max_hub_matches) {
  const auto stated = [](std::optional<double> least) {
    if (!least) return Threshold{};
    if (!(*least >= -1 && *least <= 1)) refuse("a threshold is a cosine from -1 to 1", *least);
    return threshold(*least, std::nullopt);
  };
  if (max_hub_matches < 0) refuse("max_hub_matches is at least 0", max_hub_matches);
  return {stated(duplicate), stated(hub), static_cast<std::size_t>(max_hub_matches)};
}

/// The time runs from here.
Execution execution(std::int64_t max_threads, std::optional<double> timeout_ms) {
  const auto start = std::chrono::steady_clock::now();
  if (max_threads < 1 || max_threads > std::numeric_limits<unsigned>::max()) {
    refuse("max_threads is from 1 to 2**32 - 1", max_threads);
  }
  Execution execution;
  execution.max_threads = static_cast<unsigned>(max_threads);
  if (!timeout_ms) return execution;
  if (!(*timeout_ms >= 0 && *timeout_ms <= kMaxTimeoutMs)) {
    refuse("timeout_ms is from 0 to 1e12", *timeout_ms);
  }
  using Milliseconds = std::chrono::duration<double, std::milli>;
  execution.deadline = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                   Milliseconds(*timeout_ms));
  return execution;
}

}  // namespace

ModelId model_id(std::string name, std::int64_t dim) {
  if (dim < kMinDim || dim > kMaxDim) {
    throw Error(Errc::invalid_argument, "a model has " + std::to_string(kMinDim) + " to " +
                                            std::to_string(kMaxDim) + " dimensions, got " +
                                            std::to_string(dim));
  }
  return {std::move(name), static_cast<std::uint32_t>(dim)};
}

Memory memory(bool is_resident, bool residual_codes) {
  return {is_resident ? References::resident : References::sealed, residual_codes};
}

Sync sync(bool is_batched) {
  return is_batched ? Sync::batched : Sync::commit;
}

Policy policy(std::optional<double> accept, std::optional<double> fmr, double margin,
              double miss_probability, const Rules& rules, const std::optional<GivenRisk>& risk) {
  return {accept ? threshold(*accept, fmr) : Threshold{},
          detail::at_or_above(margin),
          {miss_probability},
          rules,
          risk_of(risk)};
}

void bind_options(py::module_& module) {
  sealed_class<Policy>(module, "Policy");
  sealed_class<RefusalBudget>(module, "RefusalBudget");
  sealed_class<IdentifyOptions>(module, "IdentifyOptions");
  sealed_class<VerifyOptions>(module, "VerifyOptions");
  sealed_class<EnrolChecks>(module, "EnrolChecks");
  sealed_class<Execution>(module, "Execution");
  module.def("policy", &policy, py::arg("accept"), py::arg("fmr"), py::arg("margin"),
             py::arg("miss_probability"), py::arg("rules"), py::arg("risk"));
  module.def("identify_options", &identify_options, py::arg("wanted"), py::arg("max_candidates"),
             py::arg("include_scores"), py::arg("cohorts"), py::arg("exclude"), py::arg("caller"),
             py::arg("calibration").none(true));
  module.def("refusal_budget", &refusal_budget, py::arg("per_caller"), py::arg("per_subject"),
             py::arg("band"));
  module.def("enrol_checks", &enrol_checks, py::arg("duplicate"), py::arg("hub"),
             py::arg("max_hub_matches"));
  module.def("verify_options", &verify_options, py::arg("wanted"), py::arg("include_scores"),
             py::arg("caller"), py::arg("calibration").none(true));
  module.def("execution", &execution, py::arg("max_threads"), py::arg("timeout_ms"));
}

}  // namespace morgiana::python
