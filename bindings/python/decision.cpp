#include "morgiana/decision.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "bind.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Outcome, reason and granted subject.
using Answer = std::tuple<std::string_view, std::string_view, std::optional<std::string>>;

template <class Result>
Answer decided(const Result& result, const Policy& policy) {
  const Decision decision = decide(result, policy);
  std::optional<std::string> subject;
  if (decision.subject) subject = decision.subject->str();
  return {name(decision.outcome), name(decision.reason), subject};
}

}  // namespace

void bind_decision(py::module_& module) {
  module.def("decide", &decided<Identification>, py::arg("result"), py::arg("policy"));
  module.def("decide", &decided<Verification>, py::arg("result"), py::arg("policy"));
}

}  // namespace morgiana::python
