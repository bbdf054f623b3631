#include "gallery/open.hpp"

#include <optional>
#include <string>
#include <utility>

#include "gallery/anchor_newest.hpp"
#include "gallery/erasure.hpp"
#include "gallery/keyset_file.hpp"
#include "gallery/load.hpp"
#include "gallery/option_check.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

/// Keys and records, of which nothing is read yet.
std::unique_ptr<Parts> join(const GalleryPaths& paths, std::optional<store::FileLock> lock,
                            store::Database database, const OpenOptions& options,
                            store::Sync sync) {
  if (options.refusals) check(*options.refusals);
  const store::Snapshot snapshot = database.snapshot();
  const store::GalleryRow row = snapshot.gallery();
  const auto read = [path = paths.keyset, key = options.key] { return read_keyset(path, key); };
  seal::Keyset keyset = read();
  if (keyset.uuid() != row.uuid) {
    throw Error(Errc::not_authentic,
                "keyset " + paths.keyset + " belongs to another gallery than " + paths.database);
  }
  const auto format = static_cast<std::uint32_t>(snapshot.format());
  Vault vault({format, row.uuid, {row.model_name, row.dim}}, std::move(keyset), read);
  auto parts = std::make_unique<Parts>(paths, options.key, std::move(lock), std::move(database),
                                       std::move(vault), options.memory, sync);
  if (options.refusals) {
    parts->refusals = std::make_unique<Refusals>(paths.refusals, row.uuid, *options.refusals);
  }
  return parts;
}

}  // namespace

std::unique_ptr<Parts> open_parts(const GalleryPaths& paths, store::FileLock lock,
                                  const OpenOptions& options) {
  auto parts = join(paths, std::move(lock), store::Database::open(paths.database), options,
                    options.sync == Sync::batched ? store::Sync::later : store::Sync::at_commit);
  load(*parts, options.execution);
  if (options.anchor) check_anchor(*parts, *options.anchor);
  try {
    finish_erasures(*parts);
  } catch (const Error&) {
    // A full disk: the erasures stay pending, as `stats` says, and the gate opens.
  }
  return parts;
}

std::unique_ptr<Parts> follow_parts(const GalleryPaths& paths, const OpenOptions& options) {
  auto parts = join(paths, std::nullopt, store::Database::follow(paths.database), options,
                    store::Sync::at_commit);
  parts->followed = std::make_unique<Followed>();
  load(*parts, options.execution);
  if (options.anchor) check_anchor(*parts, *options.anchor);
  return parts;
}

}  // namespace morgiana
