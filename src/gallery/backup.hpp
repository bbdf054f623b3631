#pragma once

#include <string>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Errors: as Gallery::backup.
void backup(const Parts& parts, const std::string& to, const BackupOptions& options);

}  // namespace morgiana
