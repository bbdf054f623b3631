#pragma once

#include <string>
#include <string_view>

#include "morgiana/drift.hpp"
#include "morgiana/export.hpp"

namespace morgiana {

/// An alarm with all its evidence as JSON (docs/drift.md): the same text for the same state.
/// Errors: invalid_argument (a cohort's name is not UTF-8).
MORGIANA_API std::string to_json(const DriftAlarm& alarm);

/// Goes on as if nothing had been. Errors: invalid_argument, which names `name`, the line and the
/// field; unsupported_format (written by a newer version).
MORGIANA_API DriftAlarm parse_drift_alarm(std::string_view text, const std::string& name);

/// Errors: not_found; storage_failed; otherwise as parse_drift_alarm.
MORGIANA_API DriftAlarm load_drift_alarm(const std::string& path);

}  // namespace morgiana
