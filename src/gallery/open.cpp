#include "gallery/open.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gallery/encoder.hpp"
#include "gallery/erasure.hpp"
#include "gallery/key_file.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

/// Reads all that is alive into the index, and adds up what the newest head must say of it.
class Loader {
 public:
  Loader(Parts& parts, const store::Snapshot& snapshot)
      : parts_(parts),
        snapshot_(snapshot),
        draft_(parts.index.draft()),
        encoder_(parts.rotation),
        values_(parts.vault.gallery().model.dim) {}
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader() { wipe(values_.data(), values_.size() * sizeof(float)); }

  void add(const store::SubjectRow& row) {
    parts_.vault.check_row(row);
    const auto by_id = snapshot_.subject(row.id);
    if (!by_id || by_id->subject_key != row.subject_key) {
      throw Error(Errc::not_authentic,
                  "the records find another subject by the id of subject number " +
                      std::to_string(row.subject_key));
    }
    if (!parts_.slots.take(row.slot)) {
      throw Error(Errc::not_authentic, "subject number " + std::to_string(row.subject_key) +
                                           " names a key slot that is not its own");
    }
    seal::KeySlot wrapped;
    snapshot_.slot(row.slot, wrapped);
    const seal::SecretKey key = parts_.vault.unwrap(row.subject_key, row.slot, wrapped);
    SubjectEntry entry(row);
    snapshot_.for_each_reference(reference_key(row.subject_key, 0),
                                 reference_key(row.subject_key, kMaxReferenceNumber),
                                 [&](std::uint64_t reference, ByteView sealed) {
                                   parts_.vault.open(key, reference, sealed, values_);
                                   encoder_.append(draft_, reference, row.cohorts, values_);
                                   entry.add_reference(number_of(reference), sealed);
                                   ++num_references_;
                                 });
    state_.add(parts_.vault.entry_digest(entry));
    ++num_subjects_;
  }

  /// Errors: not_authentic where rows were dropped, added, exchanged or brought back.
  void finish(const CommitHead& head) {
    if (num_subjects_ != head.num_subjects || num_references_ != head.num_references ||
        snapshot_.num_references() != head.num_references ||
        !seal::equal(state_.bytes(), head.state.bytes())) {
      throw Error(Errc::not_authentic,
                  "the subjects stored are not those of the newest commit: it names " +
                      std::to_string(head.num_subjects) + " with " +
                      std::to_string(head.num_references) + " references, " +
                      std::to_string(num_subjects_) + " with " + std::to_string(num_references_) +
                      " are there; something else than Morgiana changed the database");
    }
    parts_.index.publish(std::move(draft_));
  }

 private:
  Parts& parts_;
  const store::Snapshot& snapshot_;
  index::Draft draft_;
  Encoder encoder_;
  std::vector<float> values_;
  StateSum state_;
  std::uint64_t num_subjects_ = 0;
  std::uint64_t num_references_ = 0;
};

/// The newest commit, before anything else of the database is believed.
CommitHead read_head(const store::Snapshot& snapshot, const Vault& vault,
                     const std::string& keyset_path) {
  const CommitHead head = vault.decode(snapshot.head());
  if (head.keyset_generation != vault.keyset().generation()) {
    throw Error(Errc::not_authentic, "keyset " + keyset_path + " is of generation " +
                                         std::to_string(vault.keyset().generation()) +
                                         ", the gallery needs generation " +
                                         std::to_string(head.keyset_generation));
  }
  return head;
}

void load(Parts& parts) {
  const store::Snapshot snapshot = parts.database.snapshot();
  parts.slots.grow(snapshot.num_slot_rows() * store::kSlotsPerRow);
  parts.slots.keep();
  Loader loader(parts, snapshot);
  snapshot.for_each_subject([&](const store::SubjectRow& row) { loader.add(row); });
  loader.finish(parts.head);
}

seal::Keyset open_keyset(const std::string& path, ByteView file, const std::string& key_path) {
  try {
    return seal::Keyset::open(read_key_file(key_path), file);
  } catch (const Error& error) {
    if (error.code() != Errc::wrong_key) throw;
    throw Error(Errc::wrong_key, "key file " + key_path + " does not open " + path + ": " +
                                     "another key sealed it, or it is damaged");
  }
}

}  // namespace

std::unique_ptr<Parts> open_parts(const GalleryPaths& paths, store::FileLock lock,
                                  const OpenOptions& options) {
  if (!store::exists(paths.keyset)) {
    throw Error(Errc::not_found, "keyset " + paths.keyset +
                                     " is missing; the gallery cannot be opened without it: put it "
                                     "back from where the gallery was copied");
  }
  store::Database database = store::Database::open(paths.database);
  const store::GalleryRow row = database.snapshot().gallery();
  const Bytes keyset_file = store::read_file(paths.keyset, seal::Keyset::kMaxFileBytes);
  seal::Keyset keyset = open_keyset(paths.keyset, keyset_file, options.key.path());
  if (keyset.uuid() != row.uuid) {
    throw Error(Errc::not_authentic,
                "keyset " + paths.keyset + " belongs to another gallery than " + paths.database);
  }
  Vault vault({store::kFormatVersion, row.uuid, {row.model_name, row.dim}}, std::move(keyset));
  const CommitHead head = read_head(database.snapshot(), vault, paths.keyset);
  auto parts = std::make_unique<Parts>(paths, std::move(lock), std::move(database),
                                       std::move(vault), options.memory);
  parts->head = head;
  load(*parts);
  try {
    finish_erasures(*parts);
  } catch (const Error&) {
    // A full disk: the erasures stay pending, as `stats` says, and the gate opens.
  }
  return parts;
}

}  // namespace morgiana
