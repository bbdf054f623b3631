#pragma once

#include <span>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Whether new references are to be compared with others at all.
bool are_wanted(const EnrolChecks& checks) noexcept;

/// Compares new references with all that is enrolled, and with each other; those that subjects of
/// the same names have already do not count. Needs the turn, so that nobody is enrolled beside it.
/// Errors: duplicate_enrolment; hub_reference; deadline_exceeded; executor_failed.
void check_matches(Parts& parts, std::span<const Enrolment> enrolments,
                   const EnrolOptions& options);

}  // namespace morgiana
