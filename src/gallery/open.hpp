#pragma once

#include <memory>
#include <string>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Beside a gallery lie files with endings of their own: a gallery so named could be taken for
/// another's, and a log that is left without its database for the new one's.
/// Errors: invalid_argument; already_exists.
void refuse_name(const GalleryPaths& paths);

/// Writes keyset and database of a new, empty gallery: both or neither.
/// Errors: as Gallery::create.
void create_files(const GalleryPaths& paths, const CreateOptions& options);

/// Takes away what create_files made, for a create that could not go on.
void discard_files(const GalleryPaths& paths) noexcept;

/// Opens, authenticates and encodes everything. Errors: as Gallery::open.
std::unique_ptr<Parts> open_parts(const GalleryPaths& paths, store::FileLock lock,
                                  const OpenOptions& options);

}  // namespace morgiana
