#include "morgiana/identification_estimate.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "bind.hpp"
#include "scores.hpp"
#include "sealed_class.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// `given`: identities, scores of mates (empty of strangers), best subjects, best and second
/// scores.
std::vector<SearchOutcome> outcomes_of(const py::tuple& given, bool is_mated) {
  const auto identity = values_of<std::uint32_t>(given[0], "identity");
  const auto mate = values_of<float>(given[1], "mate");
  const auto best_subject = values_of<std::uint32_t>(given[2], "best_subject");
  const auto best = values_of<float>(given[3], "best");
  const auto second = values_of<float>(given[4], "second");
  const std::size_t n = identity.size();
  if (mate.size() != (is_mated ? n : 0) || best_subject.size() != n || best.size() != n ||
      second.size() != n) {
    throw Error(Errc::invalid_argument, "searches are of different lengths");
  }
  std::vector<SearchOutcome> outcomes;
  outcomes.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto own = is_mated ? std::optional(mate[i]) : std::nullopt;
    outcomes.push_back({identity[i], own, best_subject[i], best[i], second[i]});
  }
  return outcomes;
}

py::tuple points_of(const py::tuple& mated, const py::tuple& strangers,
                    const py::object& is_subject, const py::object& thresholds) {
  const auto subjects = values_of<bool>(is_subject, "is_subject");
  std::vector<Score> at;
  for (const float threshold : values_of<float>(thresholds, "thresholds"))
    at.push_back({threshold});
  const auto points =
      estimate_identification(outcomes_of(mated, true), outcomes_of(strangers, false),
                              {subjects.begin(), subjects.end()}, at);
  const auto rates = [&](auto of) {
    py::dict columns;
    const auto column = [&](auto part) {
      return array_of<double>(points, [&](const IdentificationPoint& p) { return part(of(p)); });
    };
    columns["value"] = column([](const ObservedRate& r) { return r.value; });
    columns["low"] = column([](const ObservedRate& r) { return r.bounds.low; });
    columns["high"] = column([](const ObservedRate& r) { return r.bounds.high; });
    columns["effective_trials"] = column([](const ObservedRate& r) { return r.effective_trials; });
    return columns;
  };
  return py::make_tuple(rates([](const IdentificationPoint& p) { return p.fpir; }),
                        rates([](const IdentificationPoint& p) { return p.fnir; }));
}

}  // namespace

void bind_open_set(py::module_& module) {
  module.def("estimate_identification", &points_of, py::arg("mated"), py::arg("strangers"),
             py::arg("is_subject"), py::arg("thresholds"));
}

}  // namespace morgiana::python
