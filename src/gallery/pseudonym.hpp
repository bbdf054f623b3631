#pragma once

#include <string>
#include <string_view>

#include "gallery/parts.hpp"
#include "morgiana/subject_id.hpp"

namespace morgiana {

/// Errors: as Gallery::pseudonym.
std::string pseudonym(Parts& parts, const SubjectId& id, std::string_view relying_party);

}  // namespace morgiana
