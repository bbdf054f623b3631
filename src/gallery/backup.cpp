#include "gallery/backup.hpp"

#include "gallery/open.hpp"
#include "morgiana/error.hpp"
#include "seal/keyset.hpp"
#include "store/durable_file.hpp"
#include "store/file_lock.hpp"

namespace morgiana {
namespace {

void refuse_target(const GalleryPaths& to) {
  if (store::exists(to.database)) {
    throw Error(Errc::already_exists, to.database +
                                          " exists and was left as it is; nothing was copied: "
                                          "name another, or move it away");
  }
  refuse_new(to);
}

}  // namespace

store::FileLock copy_gallery(const GalleryPaths& from, const store::Database& database,
                             const GalleryPaths& to, const BackupOptions& options) {
  refuse_target(to);
  store::FileLock lock(to.lock);  // against a create or a backup to the same name
  refuse_target(to);
  publish_files(to, [&](const std::string& unfinished) {
    const auto read = [&] { return store::read_file(from.keyset, seal::Keyset::kMaxFileBytes); };
    const Bytes keyset = read();
    database.copy_to(unfinished, options.progress);
    if (read() != keyset) {
      throw Error(Errc::locked,
                  "the keys of " + from.database + " were changed while it was copied; try again");
    }
    return keyset;
  });
  return lock;
}

void backup(const Parts& parts, const std::string& to, const BackupOptions& options) {
  copy_gallery(parts.paths, parts.database, GalleryPaths(to), options);
}

}  // namespace morgiana
