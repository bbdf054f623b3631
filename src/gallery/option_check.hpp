#pragma once

#include "morgiana/gallery.hpp"

namespace morgiana {

/// Errors: invalid_argument where an option is out of its range.
void check(const IdentifyOptions& options);
void check(const EnrolChecks& checks);
void check(const VerifyOptions& options);
void check(const RefusalBudget& budget);

/// Whether there is one at all.
bool is_set(const Threshold& threshold) noexcept;

}  // namespace morgiana
