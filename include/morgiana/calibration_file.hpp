#pragma once

#include <string>
#include <string_view>

#include "morgiana/calibration.hpp"
#include "morgiana/export.hpp"

namespace morgiana {

/// A calibration as JSON (docs/calibration.md): the same text for the same calibration.
MORGIANA_API std::string to_json(const Calibration& calibration);

/// `source` names the text in errors, which say the field.
/// Errors: invalid_argument (no JSON, a field that is missing, unknown or out of range, more than
/// 16 MiB); unsupported_format (written by a newer version).
MORGIANA_API Calibration parse_calibration(std::string_view json, const std::string& source);

/// Errors: not_found; storage_failed; otherwise as parse_calibration.
MORGIANA_API Calibration load_calibration(const std::string& path);

}  // namespace morgiana
