#pragma once

#include <memory>
#include <string>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Writes keyset and database of a new, empty gallery: both or neither.
/// Errors: as Gallery::create.
void create_files(const GalleryPaths& paths, const CreateOptions& options);

/// Takes away what create_files made, for a create that could not go on.
void discard_files(const GalleryPaths& paths) noexcept;

/// Opens, authenticates and encodes everything. Errors: as Gallery::open.
std::unique_ptr<Parts> open_parts(const GalleryPaths& paths, store::FileLock lock,
                                  const KeySource& key);

}  // namespace morgiana
