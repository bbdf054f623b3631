#pragma once

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

Purge purge(Parts& parts, const RotateOptions& options);

}  // namespace morgiana
