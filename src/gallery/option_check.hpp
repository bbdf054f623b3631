#pragma once

#include "morgiana/search.hpp"

namespace morgiana {

/// Errors: invalid_argument where an option is out of its range.
void check(const IdentifyOptions& options);
void check(const VerifyOptions& options);

}  // namespace morgiana
