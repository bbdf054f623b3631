#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "morgiana/decision.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana::python {

/// Python's integers are wider and signed. Errors: invalid_argument.
ModelId model_id(std::string name, std::int64_t dim);

Memory memory(bool is_resident, bool residual_codes);

Sync sync(bool is_batched);

/// An FPIR, and the probes of a transaction.
using GivenRisk = std::pair<double, std::int64_t>;

/// Python's floats are wider; both numbers are rounded up, never below what was stated.
Policy policy(std::optional<double> accept, std::optional<double> fmr, double margin,
              double miss_probability, const Rules& rules, const std::optional<GivenRisk>& risk);

}  // namespace morgiana::python
