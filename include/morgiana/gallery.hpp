#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "morgiana/anchor.hpp"
#include "morgiana/erasure_receipt.hpp"
#include "morgiana/execution.hpp"
#include "morgiana/export.hpp"
#include "morgiana/keys.hpp"
#include "morgiana/refusal_budget.hpp"
#include "morgiana/search.hpp"
#include "morgiana/subject_id.hpp"
#include "morgiana/template.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

struct CalibrateOptions;
struct GalleryCalibration;

/// Where an open gallery keeps its references.
enum class References {
  sealed,    // on disk, opened one by one where the codes leave a doubt
  resident,  // in memory as well, in plain float32: faster, and readable for who can read memory
};

/// What an open gallery keeps in memory beside 4 bits a dimension.
struct Memory {
  References references = References::sealed;
  bool residual_codes = true;  // 4 bits a dimension more, so that fewer references are opened
};

/// When an enrolment is on disk. A removal and an update always are when they return.
enum class Sync {
  commit,   // when it returns
  batched,  // at the next removal, update, flush() or close(): a crash of the machine, not of the
            // process, may lose what was enrolled since; never a part of it
};

struct CreateOptions {
  ModelId model;
  KeySource key;
  Memory memory = {};
  Sync sync = Sync::commit;
  std::optional<Anchor> anchor = {};                        // one that holds nothing yet
  std::optional<RefusalBudget> refusals = RefusalBudget{};  // none: refusals are not counted
};

struct OpenOptions {
  KeySource key;
  Memory memory = {};
  Sync sync = Sync::commit;
  Execution execution = {};  // of opening: references are decrypted and encoded on so many threads
  /// Held against the gallery, which must descend from what it holds; then moved by each change,
  /// which returns when both are durable. One that is followed or checked is not moved.
  std::optional<Anchor> anchor = {};
  std::optional<RefusalBudget> refusals = RefusalBudget{};  // none: refusals are not counted
};

/// One subject to enrol, with all its references.
struct Enrolment {
  SubjectId subject;
  std::vector<Template> references;
  Cohorts cohorts = {};
};

/// What new references are compared with others for, before anybody is enrolled: with all that is
/// enrolled, whatever the cohorts, and with those of the other subjects of the call. Nothing
/// without a threshold. Cost: for each threshold a search of the whole gallery, and of the call,
/// for every reference; other changes wait for it.
struct EnrolChecks {
  /// Refuses a reference that scores so much with another subject: the same person by two names.
  Threshold duplicate = {};
  /// Refuses one that scores so much with more than max_hub_matches others: it would be found in
  /// the place of many.
  Threshold hub = {};
  std::size_t max_hub_matches = 10;
};

struct EnrolOptions {
  Execution execution = {};  // references are sealed and encoded on so many threads
  /// Told how many subjects are written, of how many, every few hundred, on a thread that enrols.
  /// It begins anew where a change that was committed together with this one failed. What it throws
  /// ends the enrolment, and nobody is enrolled. It may search the gallery, and must not close it;
  /// subjects() and changes are refused as invalid_argument.
  std::function<void(std::uint64_t num_done, std::uint64_t num_all)> progress = {};
  EnrolChecks checks = {};
};

struct BackupOptions {
  /// Told how many pages are copied, of how many. What it throws ends the backup; nothing is left.
  /// It may call the gallery, and must not close it.
  std::function<void(std::uint64_t num_done, std::uint64_t num_all)> progress = {};
};

struct RestoreOptions {
  KeySource key;             // that opens the backup
  Anchor anchor;             // of the gallery that was lost
  Execution execution = {};  // as OpenOptions::execution
  /// As BackupOptions::progress.
  std::function<void(std::uint64_t num_done, std::uint64_t num_all)> progress = {};
};

struct RotateOptions {
  /// Told how many subjects have their keys under the new wrapping key, of how many. What it throws
  /// ends the rotation, which the next one goes on with. It may search the gallery, and must not
  /// close it.
  std::function<void(std::uint64_t num_done, std::uint64_t num_all)> progress = {};
};

struct RenewOptions {
  Execution execution = {};  // references are sealed and encoded on so many threads
  /// As RotateOptions::progress, of subjects that are renewed.
  std::function<void(std::uint64_t num_done, std::uint64_t num_all)> progress = {};
};

/// What check() found: counts of what is authentic, and in words what is not.
struct CheckReport {
  std::uint64_t num_subjects = 0;
  std::uint64_t num_references = 0;
  std::uint64_t num_commits = 0;
  std::uint64_t num_pending_erasures = 0;
  std::string file_system;
  /// Whether what erasure writes over is gone from the file system: not where that copies on write,
  /// keeps a log or snapshots, or is not known.
  bool overwrites_in_place = false;
  std::vector<std::string> problems;
};

/// Revocation is immediate; erasure of the sealed bytes may have to wait for a reader.
enum class Erasure { done, pending };

struct Removal {
  std::uint64_t num_removed;
  Erasure erasure;
  std::uint64_t commit;  // that took them out, maybe with others: erasure_receipt()
};

struct KeyRotation {
  std::uint64_t num_rewrapped;  // subject keys
  /// Whether the old wrapping keys are gone from the gallery; pending where a search or a backup
  /// still needs them, or where the disk failed: rotate again.
  Erasure old_keys;
  /// Whether the bytes of all keysets that held them were overwritten as well, as far as their file
  /// system overwrites in place: not where a file has another name or that failed, and not known
  /// where this call went on with a rotation that was cut off.
  bool is_overwritten;
};

struct Purge {
  std::uint64_t num_rewrapped;  // subject keys
  bool is_overwritten;          // KeyRotation::is_overwritten
};

struct Renewal {
  std::uint64_t num_renewed;  // subjects
  bool is_overwritten;        // KeyRotation::is_overwritten
};

struct Restoration {
  std::uint64_t num_subjects;      // that are enrolled now
  std::vector<SubjectId> revoked;  // whom the backup enrolled and the gallery had revoked since
};

/// What a gallery says of a subject besides its references.
struct EnrolledSubject {
  Cohorts cohorts;
  std::uint64_t num_references;
  std::int64_t enrolled_at_s;  // or updated; Unix time
  std::uint64_t enrolment;     // never given twice: another one after an update or a renewal, too
};

struct Stats {
  ModelId model;
  std::string id;  // UUID of this gallery, whatever its path; receipts and backups have it, too
  std::uint64_t num_subjects;
  std::uint64_t num_references;
  std::uint64_t num_pending_erasures;
  std::uint64_t num_refusals_today;  // counted against a RefusalBudget
  std::uint64_t num_withheld;  // subjects whose budget is spent today, with one caller at least
  std::uint64_t num_wrapping_keys;  // 1; more while a rotation or renewal is not finished
  std::uint64_t index_bytes;        // codes and constants in memory
  std::uint64_t file_bytes;         // database, log and keyset
  std::string tier;                 // instruction tier in use
};

/// Enrolled subjects of one model: durable and sealed on disk, searchable in memory.
/// Files:   `path` (SQLite), `path`.keyset, `path`.lock; docs/adr/0005.
/// Threads: identify, verify, contains, enrolled and stats from many threads at once;
///          enrol, update and remove from many threads are committed together; compact takes
///          turns with them. One handle at a time has a gallery open, but for those that follow.
/// Fork:    a handle is closed in the child process. One that was forked while a gallery was open
///          cannot open any: spawn it, or fork before.
/// Errors of every verb: closed; storage_full; storage_failed; not_authentic; crypto_failed; with
/// an anchor rolled_back and, of a change that is made and durable all the same, anchor_failed.
class MORGIANA_API Gallery {
 public:
  /// Errors: already_exists (nothing is overwritten); invalid_argument (model, path); not_found
  /// (the key file); bad_key_file; locked; unknown_tier and unsupported_tier (MORGIANA_TIER).
  static Gallery create(const std::string& path, const CreateOptions& options);

  /// Decrypts and encodes every reference.
  /// Errors: not_found (gallery, keyset or key file); not_a_gallery; unsupported_format; wrong_key;
  /// bad_key_file; locked; unknown_tier and unsupported_tier (MORGIANA_TIER).
  /// Cost:   some 5 to 13 µs a reference of 128 dimensions, a thread.
  static Gallery open(const std::string& path, const OpenOptions& options);

  /// Reads beside the process that has the gallery open, and follows it: every verb first takes
  /// over what was committed there, so that none that starts after `remove` has returned in that
  /// process can return the subject. A change may be seen here a moment before the call that makes
  /// it returns there. Verbs that change the gallery are refused; compact gives back memory. Reads
  /// the files and, where no process has the gallery open, writes to their folder, where SQLite
  /// shares memory.
  /// Errors: as open, without locked; read_only of verbs that change a gallery; replaced and
  /// not_found where the file was exchanged or taken away. What cannot be followed is an error of
  /// every verb: nothing older is answered.
  /// Cost:   as open; then some 5 µs a call, and 80 bytes a subject.
  static Gallery follow(const std::string& path, const OpenOptions& options);

  Gallery(Gallery&&) noexcept;
  Gallery& operator=(Gallery&&) noexcept;
  ~Gallery();

  /// Enrols new subjects, all or none; durable (Sync), and found by every later search, when it
  /// returns.
  /// Errors: duplicate_subject; model_mismatch; invalid_argument (no subject, reference or cohort);
  /// limit_reached (a million references of one subject, two billion enrolments);
  /// duplicate_enrolment and hub_reference (EnrolOptions::checks); deadline_exceeded;
  /// executor_failed.
  /// Cost:   one transaction, one fsync, which enrolments from several threads share.
  void enrol(std::span<const Enrolment> enrolments, const EnrolOptions& options = {});
  void enrol(const SubjectId& subject, std::span<const Template> references);
  void enrol(const SubjectId& subject, std::initializer_list<Template> references);

  /// Replaces cohorts and all references of subjects that are enrolled, all or none: under new
  /// keys, so that the old references are revoked and erased as by remove. Every search finds
  /// either the old references or the new ones. Errors: unknown_subject; otherwise as enrol.
  Erasure update(std::span<const Enrolment> enrolments, const EnrolOptions& options = {});
  Erasure update(const SubjectId& subject, std::span<const Template> references);

  /// Every subject whose best reference scores at least the threshold, best first.
  /// Exact: equals exhaustive comparison (docs/numerics.md#bound) unless probable was asked for.
  /// Who is withheld as a RefusalBudget is spent is no answer: Searched::num_withheld.
  /// Errors: model_mismatch; invalid_argument (options); deadline_exceeded; executor_failed;
  /// locked, storage_full or storage_failed where a refusal cannot be counted.
  /// Cost:   one pass over the codes, which waits for no writer; then one sealed record a survivor;
  ///         one fsync where a refusal is counted.
  Identification identify(const Template& probe, const IdentifyOptions& options,
                          const Execution& execution = {}) const;

  /// The same for many probes, one answer each, 256 together: of one state of the gallery, with
  /// each record opened once for all of them. The next 256 may meet a newer state.
  std::vector<Identification> identify(std::span<const Template> probes,
                                       const IdentifyOptions& options,
                                       const Execution& execution = {}) const;

  /// Compares with the references of one claimed subject.
  /// Errors: unknown_subject; model_mismatch; invalid_argument (options); budget_spent
  /// (RefusalBudget).
  Verification verify(const SubjectId& claimed, const Template& probe,
                      const VerifyOptions& options) const;

  /// Revokes subjects, all or none: durable when it returns, and no search that starts
  /// afterwards can return them. Needs a few pages of the disk: on a full one it is storage_full,
  /// and the subject stays. Errors: unknown_subject; invalid_argument (no subject).
  Removal remove(std::span<const SubjectId> subjects);
  Removal remove(const SubjectId& subject);

  /// Gives back the memory of removed references, and finishes pending erasures; takes up the
  /// rotation of a renewal in another process. Searches go on.
  /// Cost: copies the codes of what is alive in segments where an eighth or more is not.
  void compact();

  /// Moves all subject keys under a new wrapping key and destroys the old one, while searches and
  /// changes go on. From then on no copy of a file, or of a block that a flash disk kept, from
  /// before the call can be opened with the keys that the gallery has; only who has an older keyset
  /// and what opened it can. Who is removed during the call needs another. The key-encryption key
  /// stays: change_key(). Errors: locked (keys are being changed, or a search or a backup reads an
  /// older state); limit_reached (memory for keys cannot be locked); not_authentic: a subject's key
  /// does not open, and the old wrapping keys stay; wrong_key (of the source that the gallery was
  /// opened with, by now). Cost:   some 3 µs a subject.
  KeyRotation rotate_keys(const RotateOptions& options = {});

  /// What was removed before becomes unreadable for who has the gallery's keys from then on and all
  /// that the disk ever held: finishes pending erasures, then rotates the keys. Errors: locked: a
  /// search or a backup reads an older state, and the old wrapping keys are still needed: purge
  /// again when it has ended; otherwise as rotate_keys. Cost: as rotate_keys.
  Purge purge(const RotateOptions& options = {});

  /// Renews all keys, while searches and changes go on: a wrapping key, a key of each subject under
  /// which its references are sealed anew, and the rotation of the codes in memory; the old ones
  /// are destroyed as by purge. Nobody enrols again: ids, cohorts, times and references stay. It
  /// renews keys, not faces: who has a reference, or the codes of before, recognises the person in
  /// those of afterwards (docs/SECURITY-MODEL.md). Who follows keeps codes under the old rotation
  /// until compact(), or until it follows anew. Refusals are counted anew. Errors: as purge;
  /// limit_reached (64 wrapping keys of rotations that were cut off: rotate_keys first).
  /// Cost: some 100 µs a subject, twice the index in memory for a while.
  Renewal renew(const RenewOptions& options = {});

  /// What became of those whom a commit took out, signed. Errors: not_found (it took out nobody).
  ErasureReceipt erasure_receipt(std::uint64_t commit) const;
  /// The public key of its receipts, the same for the life of a gallery: a JSON Web Key (RFC 8037).
  std::string receipt_key() const;

  /// Puts another key-encryption key in the place of the one that opens a gallery, of the same kind
  /// or another, without reading the gallery: beside processes that have it open, too, which need
  /// the new one when they open it again or follow a rotation. Copies of the old keyset still open
  /// with the old key: where that is known to others, rotate_keys() as well.
  /// Errors: not_found; wrong_key; locked (keys are being changed); invalid_argument (the new one
  /// opens it already); those of the sources.
  static void change_key(const std::string& path, const KeySource& from, const KeySource& to);

  /// Gives the gallery an anchor that holds nothing yet, from now on: to begin with one, or after
  /// what it held was lost. Until it returns no older copy is noticed: whether the gallery was the
  /// newest then is for the caller to know. Others may use the gallery meanwhile.
  /// Errors: already_exists (it holds something); rolled_back (a ledger that was left beside it
  /// knows of revocations that the gallery does not); anchor_failed; read_only.
  void set_anchor(const Anchor& anchor);

  /// Copies one state to a new gallery, which the same key opens, while searches and changes go on.
  /// Durable when it returns. To open a backup in the gallery's place is to bring back whom the
  /// gallery has revoked since; restore() leaves them out.
  /// Errors: already_exists; locked (another makes a gallery of that name, or the keys were rotated
  /// meanwhile); not_found (the folder);
  /// invalid_argument (the name).
  /// Cost:   reads the file once; erasures wait for its end.
  void backup(const std::string& path, const BackupOptions& options = {}) const;

  /// Makes a gallery of a backup, in the place of one that is lost, without whom that one has
  /// revoked since: who was removed, and who was updated, as the backup has the old reference. They
  /// are told, and enrol again. What was enrolled since is lost. The anchor says whom, and is moved
  /// to the gallery that is made; what is left of the old one is refused from then on. Durable when
  /// it returns; cut off before, it leaves a gallery that the anchor refuses, to be taken away.
  /// Nothing is left of it where it fails.
  /// Errors: already_exists; not_found (also: nobody is left, as after a renewal); locked (the old
  /// gallery is in use); anchor_failed (it holds nothing, or keeps no ledger); otherwise as open.
  /// Cost:   reads the file twice, and decrypts every reference.
  static Restoration restore(const std::string& backup, const std::string& path,
                             const RestoreOptions& options);

  /// Reads and authenticates everything: structure of the file, every record, the chain of commits
  /// and the ledger of erasures. Beside a process that writes, too.
  /// Errors: as follow, where nothing can be read at all.
  static CheckReport check(const std::string& path, const OpenOptions& options);

  /// Makes durable what Sync::batched has not written through yet.
  void flush();

  bool contains(const SubjectId& subject) const;
  /// Of the newest commit, authentic; none of who is not enrolled.
  std::optional<EnrolledSubject> enrolled(const SubjectId& subject) const;
  /// Ids in ascending order of their bytes, behind `after`, `limit` at most: page by page.
  /// Of one moment a page. Errors: not_authentic.
  std::vector<SubjectId> subjects(std::size_t limit, const std::string& after = {}) const;
  /// What one relying party knows a subject by, 43 characters: the same for as long as the subject
  /// keeps its key, so another one after update and renew, and the same after rotate_keys. It takes
  /// the gallery's keys and the subject's own to make or to recognise one: two relying parties
  /// cannot tell that theirs are of one subject, and nobody can say whose one was once the subject
  /// is removed and its key erased. Errors: unknown_subject; invalid_argument (a relying party has
  /// 1 to 256 printable ASCII characters); not_authentic.
  std::string pseudonym(const SubjectId& subject, std::string_view relying_party) const;
  Stats stats() const;

  /// Error rates among the people enrolled: every reference compared with those of all others
  /// (gallery_calibration.hpp). Of one state; changes go on beside it.
  /// Errors: invalid_argument (fewer than 100 subjects, options); unknown_subject (one excluded);
  /// deadline_exceeded; executor_failed.
  /// Cost:   a search for every reference, then the estimate on one thread: 9 and 25 s for 30,000
  ///         references, 100 MiB. Holds 256 references in plain memory at a time, and wipes them.
  GalleryCalibration calibrate(const CalibrateOptions& options) const;

  /// Releases files, keys and memory; idempotent. Waits for running calls. Errors: storage_failed
  /// where what was enrolled with Sync::batched may not be on disk; closed it is all the same.
  void close();

 private:
  class Impl;
  friend class ReceiptSource;  // the library's own: what a ReceiptSigner takes from a gallery
  explicit Gallery(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace morgiana
