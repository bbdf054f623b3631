#include "gallery/open.hpp"

#include <optional>
#include <string>
#include <utility>

#include "gallery/erasure.hpp"
#include "gallery/key_file.hpp"
#include "gallery/load.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

seal::Keyset open_keyset(const std::string& path, ByteView file, const std::string& key_path) {
  try {
    return seal::Keyset::open(read_key_file(key_path), file);
  } catch (const Error& error) {
    if (error.code() != Errc::wrong_key) throw;
    throw Error(Errc::wrong_key, "key file " + key_path + " does not open " + path + ": " +
                                     "another key sealed it, or it is damaged");
  }
}

/// Keys and records, of which nothing is read yet.
std::unique_ptr<Parts> join(const GalleryPaths& paths, std::optional<store::FileLock> lock,
                            store::Database database, const OpenOptions& options,
                            store::Sync sync) {
  const store::Snapshot snapshot = database.snapshot();
  const store::GalleryRow row = snapshot.gallery();
  const Bytes keyset_file = store::read_file(paths.keyset, seal::Keyset::kMaxFileBytes);
  seal::Keyset keyset = open_keyset(paths.keyset, keyset_file, options.key.path());
  if (keyset.uuid() != row.uuid) {
    throw Error(Errc::not_authentic,
                "keyset " + paths.keyset + " belongs to another gallery than " + paths.database);
  }
  const auto format = static_cast<std::uint32_t>(snapshot.format());
  Vault vault({format, row.uuid, {row.model_name, row.dim}}, std::move(keyset));
  return std::make_unique<Parts>(paths, std::move(lock), std::move(database), std::move(vault),
                                 options.memory, sync);
}

void require_keyset(const GalleryPaths& paths) {
  if (store::exists(paths.keyset)) return;
  throw Error(Errc::not_found, "keyset " + paths.keyset +
                                   " is missing; the gallery cannot be opened without it: put it "
                                   "back from where the gallery was copied");
}

}  // namespace

std::unique_ptr<Parts> open_parts(const GalleryPaths& paths, store::FileLock lock,
                                  const OpenOptions& options) {
  require_keyset(paths);
  auto parts = join(paths, std::move(lock), store::Database::open(paths.database), options,
                    options.sync == Sync::batched ? store::Sync::later : store::Sync::at_commit);
  load(*parts, options.execution);
  try {
    finish_erasures(*parts);
  } catch (const Error&) {
    // A full disk: the erasures stay pending, as `stats` says, and the gate opens.
  }
  return parts;
}

std::unique_ptr<Parts> follow_parts(const GalleryPaths& paths, const OpenOptions& options) {
  require_keyset(paths);
  auto parts = join(paths, std::nullopt, store::Database::follow(paths.database), options,
                    store::Sync::at_commit);
  parts->followed = std::make_unique<Followed>();
  load(*parts, options.execution);
  return parts;
}

}  // namespace morgiana
