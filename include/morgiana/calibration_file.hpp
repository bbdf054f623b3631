#pragma once

#include <string>
#include <string_view>

#include "morgiana/calibration.hpp"
#include "morgiana/export.hpp"

namespace morgiana {

/// A calibration as JSON (docs/calibration.md): the same text for the same calibration.
MORGIANA_API std::string to_json(const Calibration& calibration);

/// Errors: bad_calibration, which names `name`, the line and the field; unsupported_format (written
/// by a newer version).
MORGIANA_API Calibration parse_calibration(std::string_view text, const std::string& name);

/// Errors: not_found; storage_failed; otherwise as parse_calibration.
MORGIANA_API Calibration load_calibration(const std::string& path);

}  // namespace morgiana
