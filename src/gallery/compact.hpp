#pragma once

#include "gallery/parts.hpp"

namespace morgiana {

/// Errors: as Gallery::compact.
void compact(Parts& parts);

}  // namespace morgiana
