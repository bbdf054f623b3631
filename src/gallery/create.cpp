#include <filesystem>
#include <utility>

#include "gallery/clock.hpp"
#include "gallery/key_file.hpp"
#include "gallery/open.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

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
  if (store::exists(paths.database)) {
    throw Error(Errc::already_exists, paths.database + " exists; nothing was changed");
  }
  if (store::exists(paths.keyset)) {
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
  store::remove_database(unfinished);
  try {
    write_first_commit(unfinished, row, vault);
    store::create_file(paths.keyset, vault.keyset().seal(kek));
    store::rename_file(unfinished, paths.database);
  } catch (...) {
    store::remove_database(unfinished);
    discard_files(paths);
    throw;
  }
}

void discard_files(const GalleryPaths& paths) noexcept {
  store::remove_database(paths.database);
  std::error_code ignored;  // what stays is in the way of the next create, which then says so
  std::filesystem::remove(paths.keyset, ignored);
}

}  // namespace morgiana
