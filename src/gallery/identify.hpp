#pragma once

#include <span>
#include <vector>

#include "gallery/parts.hpp"
#include "morgiana/search.hpp"
#include "morgiana/template.hpp"

namespace morgiana {

/// Errors: as Gallery::identify.
std::vector<Identification> identify(const Parts& parts, std::span<const Template> probes,
                                     const IdentifyOptions& options);

/// Errors: as Gallery::verify.
Verification verify(const Parts& parts, const SubjectId& claimed, const Template& probe,
                    const VerifyOptions& options);

}  // namespace morgiana
