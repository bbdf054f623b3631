#include "morgiana/metrics.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "scores.hpp"
#include "sealed_class.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

/// Keeps the curve in its order; the package hands out arrays.
class DetCurve {
 public:
  explicit DetCurve(std::vector<ErrorRates> rates) : rates_(std::move(rates)) {}

  py::array_t<float> thresholds() const {
    return array_of<float>(rates_, [](const ErrorRates& r) { return r.threshold.cosine; });
  }
  py::array_t<double> false_positive() const {
    return array_of<double>(rates_, [](const ErrorRates& r) { return r.false_positive; });
  }
  py::array_t<double> false_negative() const {
    return array_of<double>(rates_, [](const ErrorRates& r) { return r.false_negative; });
  }
  double equal_error_rate() const { return morgiana::equal_error_rate(rates_); }
  std::tuple<float, double, double> at_false_positive(double at_most) const {
    const ErrorRates rates = morgiana::at_false_positive(rates_, at_most);
    return {rates.threshold.cosine, rates.false_positive, rates.false_negative};
  }

 private:
  std::vector<ErrorRates> rates_;
};

DetCurve curve_of(const py::object& mated, const py::object& non_mated,
                  const py::object& mated_weights, const py::object& non_mated_weights) {
  const auto right = values_of<float>(mated, "mated");
  const auto wrong = values_of<float>(non_mated, "non_mated");
  const auto right_weights = values_of<double>(mated_weights, "mated_weights");
  const auto wrong_weights = values_of<double>(non_mated_weights, "non_mated_weights");
  const py::gil_scoped_release release;
  return DetCurve(det_curve(right, wrong, right_weights, wrong_weights));
}

py::tuple accuracy_of(const py::object& scores, const py::object& is_mated,
                      const py::object& folds) {
  const auto labels = values_of<bool>(is_mated, "is_mated");
  const FoldAccuracy accuracy =
      fold_accuracy(values_of<float>(scores, "scores"), {labels.begin(), labels.end()},
                    values_of<std::uint32_t>(folds, "folds"));
  return py::make_tuple(
      accuracy.mean, accuracy.standard_error, accuracy.accuracy,
      array_of<float>(accuracy.thresholds, [](Score score) { return score.cosine; }));
}

}  // namespace

void bind_metrics(py::module_& module) {
  module.def(
      "clopper_pearson",
      [](double num_errors, double num_trials, double confidence) {
        const Interval interval = clopper_pearson(num_errors, num_trials, confidence);
        return std::pair(interval.low, interval.high);
      },
      py::arg("num_errors"), py::arg("num_trials"), py::arg("confidence"));
  module.def(
      "prediction_interval",
      [](double rate, double effective_trials, double observed_trials, double confidence) {
        const Interval interval =
            prediction_interval(rate, effective_trials, observed_trials, confidence);
        return std::pair(interval.low, interval.high);
      },
      py::arg("rate"), py::arg("effective_trials"), py::arg("observed_trials"),
      py::arg("confidence"));
  sealed_class<DetCurve>(module, "DetCurve")
      .def_property_readonly("thresholds", &DetCurve::thresholds)
      .def_property_readonly("false_positive", &DetCurve::false_positive)
      .def_property_readonly("false_negative", &DetCurve::false_negative)
      .def("equal_error_rate", &DetCurve::equal_error_rate)
      .def("at_false_positive", &DetCurve::at_false_positive, py::arg("at_most"));
  module.def("det_curve", &curve_of, py::arg("mated"), py::arg("non_mated"),
             py::arg("mated_weights"), py::arg("non_mated_weights"));
  module.def("fold_accuracy", &accuracy_of, py::arg("scores"), py::arg("is_mated"),
             py::arg("folds"));
}

}  // namespace morgiana::python
