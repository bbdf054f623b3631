#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "morgiana/search.hpp"
#include "morgiana/types.hpp"

namespace morgiana::python {

/// Python's integers are wider and signed. Errors: invalid_argument.
ModelId model_id(std::string name, std::int64_t dim);
std::size_t max_candidates(std::int64_t given);

Threshold threshold(float at_least, std::optional<double> fmr);

}  // namespace morgiana::python
