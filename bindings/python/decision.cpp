#include "morgiana/decision.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "bind.hpp"
#include "options.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Outcome, reason and granted subject.
using Answer = std::tuple<std::string_view, std::string_view, std::optional<std::string>>;

template <class Result>
Answer decided(const Result& result, float accept, std::optional<double> fmr, float margin) {
  const Decision decision = decide(result, {threshold(accept, fmr), margin});
  std::optional<std::string> subject;
  if (decision.subject) subject = decision.subject->str();
  return {name(decision.outcome), name(decision.reason), subject};
}

template <class Result>
void bind_decide(py::module_& module) {
  module.def("decide", &decided<Result>, py::arg("result"), py::arg("accept"), py::arg("fmr"),
             py::arg("margin"));
}

}  // namespace

void bind_decision(py::module_& module) {
  bind_decide<Identification>(module);
  bind_decide<Verification>(module);
}

}  // namespace morgiana::python
