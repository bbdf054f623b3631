#pragma once

#include "gallery/paths.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Errors: as Gallery::check.
CheckReport check_gallery(const GalleryPaths& paths, const OpenOptions& options);

}  // namespace morgiana
