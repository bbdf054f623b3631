#pragma once

#include "gallery/parts.hpp"
#include "morgiana/search.hpp"
#include "morgiana/template.hpp"

namespace morgiana {

/// Errors: as Gallery::verify.
Verification verify(Parts& parts, const SubjectId& claimed, const Template& probe,
                    const VerifyOptions& options);

}  // namespace morgiana
