#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// What a create refuses before it writes anything, a lock file included: a name with the ending of
/// a file that lies beside a gallery, what is there already, a key file that cannot be read.
/// Errors: invalid_argument; already_exists; not_found; bad_key_file.
void refuse_create(const GalleryPaths& paths, const CreateOptions& options);

/// The same for files alone. Errors: invalid_argument; already_exists; storage_failed (a network).
void refuse_new(const GalleryPaths& paths);

/// Makes a gallery of a database that `write` puts under the name given, and of the keyset that it
/// returns: both files appear, or neither.
void publish_files(const GalleryPaths& paths,
                   const std::function<Bytes(const std::string& unfinished)>& write);

/// Writes keyset and database of a new, empty gallery: both or neither.
/// Errors: as Gallery::create.
void create_files(const GalleryPaths& paths, const CreateOptions& options);

/// Takes away what create_files made, for a create that could not go on.
void discard_files(const GalleryPaths& paths);

/// Opens, authenticates and encodes everything. Errors: as Gallery::open.
std::unique_ptr<Parts> open_parts(const GalleryPaths& paths, store::FileLock lock,
                                  const OpenOptions& options);

/// The same beside the process that writes. Errors: as Gallery::follow.
std::unique_ptr<Parts> follow_parts(const GalleryPaths& paths, const OpenOptions& options);

}  // namespace morgiana
