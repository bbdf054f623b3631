#include "gallery/backup.hpp"

#include "gallery/open.hpp"
#include "morgiana/error.hpp"
#include "seal/keyset.hpp"
#include "store/durable_file.hpp"
#include "store/file_lock.hpp"

namespace morgiana {

void backup(const Parts& parts, const std::string& to, const BackupOptions& options) {
  const GalleryPaths paths(to);
  refuse_new(paths);
  const store::FileLock lock(paths.lock);  // against a create or a backup to the same name
  refuse_new(paths);
  publish_files(paths, [&](const std::string& unfinished) {
    const auto read = [&] {
      return store::read_file(parts.paths.keyset, seal::Keyset::kMaxFileBytes);
    };
    const Bytes keyset = read();
    parts.database.copy_to(unfinished, options.progress);
    if (read() != keyset) {
      throw Error(Errc::locked, "the keys of " + parts.paths.database +
                                    " were changed while it was copied; try again");
    }
    return keyset;
  });
}

}  // namespace morgiana
