#pragma once

#include "gallery/paths.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Errors: as Gallery::restore.
Restoration restore(const GalleryPaths& backup, const GalleryPaths& to,
                    const RestoreOptions& options);

}  // namespace morgiana
