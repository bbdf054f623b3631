#include "bind.hpp"
#include "sealed_class.hpp"

PYBIND11_MODULE(_core, module) {
  using namespace morgiana::python;
  module.attr("__version__") = MORGIANA_VERSION;
  bind_error(module);
  bind_keys(module);
  bind_anchor(module);
  bind_policy(module);
  bind_options(module);
  bind_search(module);
  bind_decision(module);
  bind_gallery(module);
  bind_migration(module);
  bind_metrics(module);
  bind_calibration(module);
  bind_gallery_calibration(module);
  bind_drift(module);
  bind_open_set(module);
  bind_receipt(module);
  bind_receipt_log(module);
  make_classes_immutable(module);
}
