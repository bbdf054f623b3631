#include "morgiana/decision.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "bind.hpp"
#include "calibration.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Outcome, reason, granted subject, and what the policy's risk came to.
using Answer =
    std::tuple<std::string_view, std::string_view, std::optional<std::string>, py::object>;

std::optional<std::string> text_of(const std::optional<SubjectId>& subject) {
  return subject ? std::optional(subject->str()) : std::nullopt;
}

template <class Result>
Answer decided(const Result& result, const Policy& policy, const Context* context) {
  const Decision decision =
      context == nullptr ? decide(result, policy) : decide(result, policy, *context);
  return {name(decision.outcome), name(decision.reason), text_of(decision.subject),
          resolved_risk(decision.resolved)};
}

template <class Result>
std::optional<std::string> in_question(const Result& result, const Policy& policy) {
  return text_of(subject_in_question(result, policy));
}

template <class Result>
void bind_decisions_on(py::module_& module) {
  module.def("decide", &decided<Result>, py::arg("result"), py::arg("policy"),
             py::arg("context").none(true));
  module.def("subject_in_question", &in_question<Result>, py::arg("result"), py::arg("policy"));
}

}  // namespace

void bind_decision(py::module_& module) {
  bind_decisions_on<Identification>(module);
  bind_decisions_on<Verification>(module);
}

}  // namespace morgiana::python
