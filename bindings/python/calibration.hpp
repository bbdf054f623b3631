#pragma once

#include <pybind11/pybind11.h>

#include <optional>

#include "morgiana/calibration.hpp"

namespace morgiana::python {

/// Threshold or None, its FMR or None, what was predicted, and the least risk that is supported.
pybind11::tuple resolved_tuple(const ResolvedRisk& resolved);

/// A morgiana.ResolvedRisk, or None.
pybind11::object resolved_risk(const std::optional<ResolvedRisk>& resolved);

}  // namespace morgiana::python
