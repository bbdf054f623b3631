#pragma once

#include <span>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Errors: as Gallery::remove.
Removal remove(Parts& parts, std::span<const SubjectId> subjects);

}  // namespace morgiana
