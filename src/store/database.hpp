#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/records.hpp"
#include "types/bytes.hpp"

namespace morgiana::store {

/// One read transaction: everything it returns belongs to one committed state.
/// Threads: one at a time. Errors of every member: storage_failed; closed never.
class Snapshot {
 public:
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

  GalleryRow gallery() const;
  std::optional<SubjectRow> subject(std::uint64_t subject_key) const;
  std::optional<SubjectRow> subject(const std::string& id) const;
  /// By the index of ids alone.
  std::optional<std::uint64_t> subject_key(const std::string& id) const;
  /// All of that index, in its order.
  void for_each_id(const std::function<void(ByteView id, std::uint64_t subject_key)>& visit) const;

  /// Copies a sealed reference into `out`; false where the row is gone.
  /// Errors: storage_failed where the stored length is not out.size().
  bool reference(std::uint64_t reference, MutableBytes out) const;

  /// Copies a key slot. Errors: storage_failed where the row does not exist or is too short.
  void slot(std::uint64_t slot, std::span<std::uint8_t, kSlotBytes> out) const;
  std::uint64_t num_slot_rows() const;
  /// Which slots subjects name, in ascending order of subject key, behind `after_key`.
  std::vector<OwnedSlot> owned_slots(std::uint64_t after_key, std::size_t limit) const;

  /// Subjects in ascending order of key, each followed by its references; a reference of nobody
  /// comes in its place too. From key 0 and up to the largest, so does what has a key that is none.
  /// The view passed on is valid during the call only.
  void for_each_record(
      std::uint64_t first_key, std::uint64_t last_key,
      const std::function<void(const SubjectRow&)>& visit_subject,
      const std::function<void(std::uint64_t reference, ByteView sealed)>& visit_reference) const;
  void for_each_reference(std::uint64_t first_reference, std::uint64_t last_reference,
                          const std::function<void(std::uint64_t, ByteView sealed)>& visit) const;

  /// In ascending order, behind `after`.
  std::vector<std::string> subject_ids(const std::string& after, std::size_t limit) const;
  /// Who was deleted by commits after that one, in their order.
  std::vector<std::uint64_t> revoked_since(std::uint64_t sequence) const;

  /// Of one commit, in ascending order of subject key.
  std::vector<ErasureRow> erasures_of(std::uint64_t sequence) const;

  std::uint64_t format() const;
  /// The newest commit head, empty before the first, and the number it is stored under.
  Bytes head() const;
  std::uint64_t head_sequence() const;
  /// That of one commit, empty where there is none.
  Bytes head(std::uint64_t sequence) const;
  std::uint64_t num_pending_erasures() const;
  std::uint64_t num_erasures() const;

  /// In ascending order of sequence.
  void for_each_head(const std::function<void(std::uint64_t sequence, ByteView head)>& visit) const;
  /// What SQLite finds wrong with the structure of the file; empty where nothing is.
  std::vector<std::string> integrity_problems() const;

 private:
  friend class Database;
  class Impl;
  explicit Snapshot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// How long emptying the log waits for readers: longer than a search, too short to be noticed.
inline constexpr int kCheckpointWaitMs = 100;

/// When a transaction is on disk.
enum class Sync { at_commit, later };

/// One write transaction: rolled back unless commit() returned. It ends, and the next one may
/// begin, with commit(), with an error of the storage, or when it is destroyed. Errors of every
/// member: read_only (begin); storage_full (rolled back); storage_failed (rolled back; after a
/// failed write or sync the database refuses further writes until it is opened again).
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  void insert_subject(const SubjectRow& subject);  // Errors: duplicate_subject
  void insert_reference(std::uint64_t reference, ByteView sealed);
  /// Deletes the subject and all its references, and records a pending erasure of this commit.
  /// Errors: unknown_subject.
  void delete_subject(std::uint64_t subject_key, std::uint64_t sequence, std::int64_t revoked_at_s);
  /// The entry of a number that nobody has here.
  void note_revoked(std::uint64_t subject_key, std::uint64_t sequence, std::int64_t revoked_at_s);
  void append_slot_row(std::span<const std::uint8_t, kSlotRowBytes> content);
  void write_slot(std::uint64_t slot, std::span<const std::uint8_t, kSlotBytes> content);
  void append_head(std::uint64_t sequence, ByteView head);
  void finish_erasures(std::int64_t erased_at_s);

  void commit();

 private:
  friend class Database;
  class Impl;
  explicit Transaction(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The durable records of one gallery in one SQLite database (WAL, synchronous=FULL,
/// 16 KiB pages, secure_delete). Knows nothing of keys, vectors or searches.
/// Threads: snapshots from many threads at once; one transaction at a time, the next one waits.
class Database {
 public:
  class Impl;  // shared with the snapshots and transactions of this module

  /// Writes a new database, complete and durable when it returns.
  /// Errors: already_exists; storage_full; storage_failed.
  static Database create(const std::string& path, const GalleryRow& gallery);

  /// Errors: not_found; not_a_gallery; unsupported_format; storage_failed.
  static Database open(const std::string& path);

  /// The database of another process, read only: begin() and truncate_log() are refused.
  /// Errors: as open; replaced.
  static Database follow(const std::string& path);

  /// Of a follower: whether another process has committed since the last call, or since it was
  /// opened. Threads: one at a time. Errors: not_found and replaced, where the path names another
  /// file by now, or none.
  bool changed();

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Snapshot snapshot() const;
  Transaction begin(Sync sync = Sync::at_commit);
  /// Whether a failed write or sync left it refusing further writes.
  bool is_poisoned() const noexcept;
  /// Makes durable what transactions that sync later have committed. Errors: storage_failed; the
  /// database refuses further writes then.
  void flush();

  /// Moves the log into the database and truncates it; false where a reader pins it for longer than
  /// `wait_ms`. Waits for a running transaction: never call it from inside one.
  /// Errors: storage_full; storage_failed.
  bool truncate_log(int wait_ms = kCheckpointWaitMs);

  /// Copies one committed state to a new file, while others read and write. Durable when it
  /// returns; what is there on failure is no database. Errors: already_exists; storage_full;
  /// storage_failed; what `progress` throws.
  void copy_to(
      const std::string& path,
      const std::function<void(std::uint64_t num_done, std::uint64_t num_all)>& progress) const;

  /// Bytes of the database and its log on disk. Errors: storage_failed.
  std::uint64_t file_bytes() const;

 private:
  explicit Database(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// Takes a database and its log away, as far as they are there: one that failed or never finished.
void remove_database(const std::string& path);

}  // namespace morgiana::store
