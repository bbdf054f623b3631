#pragma once

#include <string>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Makes a new gallery of one state of another. Returns the lock of its writer.
/// Errors: as Gallery::backup.
store::FileLock copy_gallery(const GalleryPaths& from, const store::Database& database,
                             const GalleryPaths& to, const BackupOptions& options);

/// Errors: as Gallery::backup.
void backup(const Parts& parts, const std::string& to, const BackupOptions& options);

}  // namespace morgiana
