#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "gallery/clock.hpp"
#include "gallery/key_origin.hpp"
#include "gallery/keyset_file.hpp"
#include "gallery/open.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "store/file_system.hpp"

namespace morgiana {
namespace {

/// The database appears under its name only when it is whole.
constexpr std::string_view kUnfinished = ".creating";

void write_first_commit(const std::string& path, const store::GalleryRow& row, const Vault& vault) {
  store::Database database = store::Database::create(path, row);
  CommitHead head;
  head.sequence = 1;
  head.keyset_generation = vault.keys().current()->generation();
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
    throw Error(Errc::already_exists, "gallery " + paths.database +
                                          " exists; nothing was changed: open it, or name another");
  }
  if (store::exists(paths.keyset)) {
    throw Error(Errc::already_exists,
                "keyset " + paths.keyset +
                    " exists without its gallery; move it away if no backup needs it");
  }
}

/// Beside a gallery lie files with these endings; one that had such a name itself could be taken
/// for another's. A log without its database would be taken for the new one's.
void refuse_name(const GalleryPaths& paths) {
  for (const std::string_view ending :
       {kUnfinished, std::string_view(".keyset"), std::string_view(".keyset.new"),
        std::string_view(".lock"), std::string_view(".refusals"), std::string_view("-wal"),
        std::string_view("-shm"), std::string_view("-journal")}) {
    if (paths.database.ends_with(ending)) {
      throw Error(Errc::invalid_argument,
                  paths.database + ": a gallery's name may not end in " + std::string(ending));
    }
  }
  for (const char* ending : {"-wal", "-journal"}) {
    if (store::exists(paths.database + ending)) {
      throw Error(Errc::already_exists,
                  paths.database + ending + " is left of another gallery; move it away");
    }
  }
}

}  // namespace

void refuse_new(const GalleryPaths& paths) {
  refuse_existing(paths);
  refuse_name(paths);
  store::refuse_network(paths.database);
}

void refuse_create(const GalleryPaths& paths, const CreateOptions& options) {
  refuse_new(paths);
  options.key.origin().check();
}

void publish_files(const GalleryPaths& paths,
                   const std::function<Bytes(const std::string& unfinished)>& write) {
  const std::string unfinished =
      paths.database + std::string(kUnfinished);  // until the keyset is there
  store::remove_database(unfinished);
  bool has_keyset = false;
  try {
    store::create_file(paths.keyset, write(unfinished));
    has_keyset = true;
    store::rename_file(unfinished, paths.database);
  } catch (...) {
    store::remove_database(unfinished);
    if (has_keyset) discard_files(paths);  // else what is there is another's
    throw;
  }
}

void create_files(const GalleryPaths& paths, const CreateOptions& options) {
  refuse_existing(paths);
  store::GalleryRow row{{}, options.model.name, options.model.dim, now_s()};
  seal::fill_random(row.uuid);
  seal::Keyset keyset = seal::Keyset::create(row.uuid);
  const Bytes keyset_file = seal_keyset(keyset, options.key);
  const Vault vault({store::kFormatVersion, row.uuid, options.model}, std::move(keyset), {});

  publish_files(paths, [&](const std::string& unfinished) {
    write_first_commit(unfinished, row, vault);
    return keyset_file;
  });
}

void discard_files(const GalleryPaths& paths) {
  store::remove_database(paths.database);
  std::error_code ignored;  // what stays is in the way of the next create, which then says so
  std::filesystem::remove(paths.keyset, ignored);
}

}  // namespace morgiana
