#pragma once

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

KeyRotation rotate_keys(Parts& parts, const RotateOptions& options);

/// Seals the keyset under another key-encryption key; the gallery itself is not read.
void change_key(const GalleryPaths& paths, const KeySource& from, const KeySource& to);

}  // namespace morgiana
