#include <filesystem>
#include <utility>

#include "gallery/clock.hpp"
#include "gallery/key_file.hpp"
#include "gallery/open.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

/// A file that goes away unless it is kept.
class Provisional {
 public:
  explicit Provisional(std::string path) : path_(std::move(path)) {}
  Provisional(const Provisional&) = delete;
  Provisional& operator=(const Provisional&) = delete;
  ~Provisional() {
    std::error_code ignored;  // already failing, and the next create says what is in its way
    if (!kept_) std::filesystem::remove(path_, ignored);
  }
  void keep() noexcept { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

void write_first_commit(const std::string& path, const store::GalleryRow& row, const Vault& vault) {
  store::Database database = store::Database::create(path, row);
  CommitHead head;
  head.sequence = 1;
  head.keyset_generation = vault.keyset().generation();
  {
    store::Transaction transaction = database.begin();
    transaction.append_head(head.sequence, vault.encode(head));
    transaction.commit();
  }
  if (!database.truncate_log()) {  // the log would stay behind under the unfinished name
    throw Error(Errc::locked, path + " is in use by something else");
  }
}

void refuse_existing(const GalleryPaths& paths) {
  if (std::filesystem::exists(paths.database)) {
    throw Error(Errc::already_exists, paths.database + " exists; nothing was changed");
  }
  if (std::filesystem::exists(paths.keyset)) {
    throw Error(Errc::already_exists,
                "keyset " + paths.keyset +
                    " exists without its gallery; move it away if no backup needs it");
  }
}

}  // namespace

void create_files(const GalleryPaths& paths, const CreateOptions& options) {
  refuse_existing(paths);
  const seal::SecretKey kek = read_key_file(options.key.path());
  store::GalleryRow row{{}, options.model.name, options.model.dim, now_s()};
  seal::fill_random(row.uuid);
  const Vault vault({store::kFormatVersion, row.uuid, options.model},
                    seal::Keyset::create(row.uuid));

  // The database appears under its name only when it is whole, and after its keyset.
  const std::string unfinished = paths.database + ".creating";
  std::filesystem::remove(unfinished);
  Provisional database(unfinished);
  write_first_commit(unfinished, row, vault);
  store::create_file(paths.keyset, vault.keyset().seal(kek));
  Provisional keyset(paths.keyset);
  std::filesystem::rename(unfinished, paths.database);
  database.keep();
  keyset.keep();
  store::sync_directory_of(paths.database);
}

void discard_files(const GalleryPaths& paths) noexcept {
  for (const std::string& path :
       {paths.keyset, paths.database, paths.database + "-wal", paths.database + "-shm"}) {
    std::error_code ignored;  // already failing, and the next create says what is in its way
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace morgiana
