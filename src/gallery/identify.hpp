#pragma once

#include <span>
#include <vector>

#include "gallery/parts.hpp"
#include "morgiana/execution.hpp"
#include "morgiana/search.hpp"
#include "morgiana/template.hpp"

namespace morgiana {

/// Errors: as Gallery::identify.
std::vector<Identification> identify(Parts& parts, std::span<const Template> probes,
                                     const IdentifyOptions& options, const Execution& execution);

/// The same of one state, for who has the turn; refusals are not counted. Errors: not_authentic
/// where records are missing.
std::vector<Identification> identify_in(const State& state, Parts& parts,
                                        std::span<const Template> probes,
                                        const IdentifyOptions& options, const Execution& execution);

}  // namespace morgiana
