#include "store/snapshot.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "morgiana/error.hpp"
#include "morgiana/types.hpp"
#include "store/database_impl.hpp"

namespace morgiana::store {
namespace {

#define MORGIANA_SUBJECT_COLUMNS \
  "SELECT subject_key, id, generation, cohorts, enrolled_at, slot, tag FROM subjects "

SubjectRow subject_row(const Connection& connection, const Statement& row) {
  SubjectRow subject{row.bits(0),    row.text(1), row.bits(2), row.bits(3),
                     row.integer(4), row.bits(5), {}};
  const ByteView tag = row.blob(6);
  if (tag.size() != subject.tag.size()) {
    throw Error(Errc::storage_failed, "subject number " + std::to_string(subject.subject_key) +
                                          " of " + connection.path() + " has no whole tag");
  }
  std::copy(tag.begin(), tag.end(), subject.tag.begin());
  return subject;
}

/// Empty where there is no row.
Bytes blob_of(Statement& statement) {
  const Rewind rewind(statement);
  if (!statement.step()) return {};
  const ByteView bytes = statement.blob(0);
  return {bytes.begin(), bytes.end()};
}

std::uint64_t count(Statement& statement) {
  const Rewind rewind(statement);
  statement.step();
  return statement.bits(0);
}

/// SQLite's own check leaves this out, and only a write would notice. Read through its handle, as
/// to close another one would give up the locks of the process.
bool is_written_with_a_log(const Connection& connection) {
  constexpr std::int64_t kVersionsOffset =
      18;                                    // https://www.sqlite.org/fileformat2.html#section_1.3
  constexpr std::array<char, 2> kLog{2, 2};  // to write and to read
  std::array<char, 2> versions{};
  sqlite3_file* file = nullptr;
  connection.require(
      sqlite3_file_control(connection.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file),
      "finding the file of");
  connection.require(
      file->pMethods->xRead(file, versions.data(), int{versions.size()}, kVersionsOffset),
      "reading the header of");
  return versions == kLog;
}

}  // namespace

Reader::Reader(const std::string& path, Connection::Mode mode)
    : connection(path, mode),
      begin(connection, "BEGIN"),
      end(connection, "ROLLBACK"),
      gallery(connection, "SELECT uuid, model_name, dim, created_at FROM gallery"),
      subject_by_key(connection, MORGIANA_SUBJECT_COLUMNS "WHERE subject_key = ?"),
      subject_by_id(connection, MORGIANA_SUBJECT_COLUMNS "WHERE id = ?"),
      key_by_id(connection, "SELECT subject_key FROM subjects WHERE id = ?"),
      ids(connection,
          "SELECT id, subject_key FROM subjects INDEXED BY sqlite_autoindex_subjects_1 ORDER BY "
          "id"),
      reference(connection, "SELECT sealed FROM refs WHERE reference = ?"),
      subjects(connection, MORGIANA_SUBJECT_COLUMNS "WHERE subject_key BETWEEN ? AND ? ORDER BY 1"),
      subject_ids(connection, "SELECT id FROM subjects WHERE id > ? ORDER BY id LIMIT ?"),
      references(connection,
                 "SELECT reference, sealed FROM refs WHERE reference BETWEEN ? AND ? ORDER BY 1"),
      revoked_since(connection,
                    "SELECT subject_key FROM erasures WHERE revoked_in > ? ORDER BY revoked_in"),
      erasures_of(connection,
                  "SELECT subject_key, revoked_at, erased_at FROM erasures WHERE revoked_in = ? "
                  "AND revoked_at > 0 "
                  "ORDER BY subject_key"),
      format(connection, "PRAGMA user_version"),
      head(connection, "SELECT head FROM commits ORDER BY sequence DESC LIMIT 1"),
      head_of(connection, "SELECT head FROM commits WHERE sequence = ?"),
      head_sequence(connection, "SELECT coalesce(max(sequence), 0) FROM commits"),
      num_slot_rows(connection, "SELECT count(*) FROM key_slots"),
      slot_row_end(connection, "SELECT coalesce(max(row) + 1, 0) FROM key_slots"),
      owned_slots(connection,
                  "SELECT subject_key, slot FROM subjects WHERE subject_key > ? ORDER BY 1 "
                  "LIMIT ?"),
      num_pending_erasures(connection, "SELECT count(*) FROM erasures WHERE erased_at IS NULL"),
      num_erasures(connection, "SELECT count(*) FROM erasures"),
      all_heads(connection, "SELECT sequence, head FROM commits ORDER BY sequence"),
      integrity(connection, "PRAGMA integrity_check(20)"),
      slots(connection, SlotBlob::Access::read) {}

#undef MORGIANA_SUBJECT_COLUMNS

/// Holds one reader of the pool while its transaction is open.
class Snapshot::Impl {
 public:
  explicit Impl(std::shared_ptr<Database::Impl> database)
      : database_(std::move(database)), reader_(database_->take_reader()) {
    reader_->begin.run();
    const Rewind rewind(reader_->gallery);
    reader_->gallery.step();  // BEGIN alone reads nothing and so holds no state yet
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    reader_->slots.close();
    try {
      reader_->end.run();
      database_->give_back(std::move(reader_));
    } catch (...) {
      return;  // a connection in doubt, or no memory to pool it: it is closed, which ends the read
    }
  }

  Reader& reader() const { return *reader_; }

 private:
  std::shared_ptr<Database::Impl> database_;
  std::unique_ptr<Reader> reader_;
};

Snapshot::Snapshot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

Snapshot Database::snapshot() const {
  return Snapshot(std::make_unique<Snapshot::Impl>(impl_));
}

GalleryRow Snapshot::gallery() const {
  Statement& row = impl_->reader().gallery;
  const Rewind rewind(row);
  GalleryRow gallery{};
  const bool found = row.step();
  const ByteView uuid = found ? row.blob(0) : ByteView{};
  if (uuid.size() != gallery.uuid.size()) {
    throw Error(Errc::not_a_gallery,
                impl_->reader().connection.path() + " does not say which gallery it is");
  }
  std::copy(uuid.begin(), uuid.end(), gallery.uuid.begin());
  gallery.model_name = row.text(1);
  const std::int64_t dim = row.integer(2);
  if (dim < kMinDim || dim > kMaxDim) {
    throw Error(Errc::not_a_gallery, impl_->reader().connection.path() + " says that it has " +
                                         std::to_string(dim) + " dimensions");
  }
  gallery.dim = static_cast<std::uint32_t>(dim);
  gallery.created_at_s = row.integer(3);
  return gallery;
}

std::optional<SubjectRow> Snapshot::subject(std::uint64_t subject_key) const {
  Statement& row = impl_->reader().subject_by_key;
  const Rewind rewind(row);
  if (!row.bind(1, subject_key).step()) return std::nullopt;
  return subject_row(impl_->reader().connection, row);
}

std::optional<SubjectRow> Snapshot::subject(const std::string& id) const {
  Statement& row = impl_->reader().subject_by_id;
  const Rewind rewind(row);
  if (!row.bind(1, std::string_view(id)).step()) return std::nullopt;
  return subject_row(impl_->reader().connection, row);
}

std::optional<std::uint64_t> Snapshot::subject_key(const std::string& id) const {
  Statement& row = impl_->reader().key_by_id;
  const Rewind rewind(row);
  if (!row.bind(1, std::string_view(id)).step()) return std::nullopt;
  return row.bits(0);
}

void Snapshot::for_each_id(
    const std::function<void(ByteView id, std::uint64_t subject_key)>& visit) const {
  Statement& row = impl_->reader().ids;
  const Rewind rewind(row);
  while (row.step()) {
    if (!row.is_text(0)) {  // which no look-up would find
      throw Error(Errc::storage_failed,
                  "the index of ids in " + impl_->reader().connection.path() + " is not of text");
    }
    visit(row.blob(0), row.bits(1));
  }
}

bool Snapshot::reference(std::uint64_t reference, MutableBytes out) const {
  Statement& row = impl_->reader().reference;
  const Rewind rewind(row);
  if (!row.bind(1, reference).step()) return false;
  const ByteView sealed = row.blob(0);
  if (sealed.size() != out.size()) {
    throw Error(Errc::storage_failed, "a sealed reference in " + impl_->reader().connection.path() +
                                          " has " + std::to_string(sealed.size()) +
                                          " bytes instead of " + std::to_string(out.size()));
  }
  std::copy(sealed.begin(), sealed.end(), out.begin());
  return true;
}

void Snapshot::slot(std::uint64_t slot, std::span<std::uint8_t, kSlotBytes> out) const {
  impl_->reader().slots.read(slot, out);
}

std::uint64_t Snapshot::num_slot_rows() const {
  const std::uint64_t rows = count(impl_->reader().num_slot_rows);
  if (rows != count(impl_->reader().slot_row_end)) {
    throw Error(Errc::storage_failed,
                "the rows of key slots in " + impl_->reader().connection.path() + " have gaps");
  }
  return rows;
}

std::vector<OwnedSlot> Snapshot::owned_slots(std::uint64_t after_key, std::size_t limit) const {
  Statement& row = impl_->reader().owned_slots;
  const Rewind rewind(row);
  row.bind(1, after_key).bind(2, std::uint64_t{limit});
  std::vector<OwnedSlot> slots;
  while (row.step()) slots.push_back({row.bits(0), row.bits(1)});
  return slots;
}

void Snapshot::for_each_record(
    std::uint64_t first_key, std::uint64_t last_key,
    const std::function<void(const SubjectRow&)>& visit_subject,
    const std::function<void(std::uint64_t, ByteView)>& visit_reference) const {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto signed_key = [](std::uint64_t key) { return static_cast<std::int64_t>(key); };
  Statement& subject = impl_->reader().subjects;
  Statement& reference = impl_->reader().references;
  const Rewind rewind_subject(subject);
  const Rewind rewind_reference(reference);
  subject.bind(1, first_key == 0 ? kLeast : signed_key(first_key))
      .bind(2, last_key == kMaxSubjectKey ? kMost : signed_key(last_key));
  reference.bind(1, first_key == 0 ? kLeast : signed_key(reference_key(first_key, 0)))
      .bind(2, reference_key(last_key, kMaxReferenceNumber));
  bool has_reference = reference.step();
  const auto visit_references_to = [&](std::int64_t last) {
    for (; has_reference && reference.integer(0) <= last; has_reference = reference.step()) {
      visit_reference(reference.bits(0), reference.blob(1));
    }
  };
  while (subject.step()) {
    const SubjectRow row = subject_row(impl_->reader().connection, subject);
    if (row.subject_key <= kMaxSubjectKey) {
      visit_references_to(signed_key(reference_key(row.subject_key, 0)) - 1);
    }
    visit_subject(row);
  }
  visit_references_to(kMost);
}

void Snapshot::for_each_reference(std::uint64_t first_reference, std::uint64_t last_reference,
                                  const std::function<void(std::uint64_t, ByteView)>& visit) const {
  Statement& row = impl_->reader().references;
  const Rewind rewind(row);
  row.bind(1, first_reference).bind(2, last_reference);
  while (row.step()) visit(row.bits(0), row.blob(1));
}

std::vector<std::string> Snapshot::subject_ids(const std::string& after, std::size_t limit) const {
  Statement& row = impl_->reader().subject_ids;
  const Rewind rewind(row);
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  row.bind(1, std::string_view(after)).bind(2, std::uint64_t{std::min(limit, kMost)});
  std::vector<std::string> ids;
  while (row.step()) ids.push_back(row.text(0));
  return ids;
}

std::vector<std::uint64_t> Snapshot::revoked_since(std::uint64_t sequence) const {
  Statement& row = impl_->reader().revoked_since;
  const Rewind rewind(row);
  row.bind(1, sequence);
  std::vector<std::uint64_t> subject_keys;
  while (row.step()) subject_keys.push_back(row.bits(0));
  return subject_keys;
}

std::uint64_t Snapshot::format() const {
  return count(impl_->reader().format);
}

Bytes Snapshot::head() const {
  return blob_of(impl_->reader().head);
}

std::uint64_t Snapshot::head_sequence() const {
  return count(impl_->reader().head_sequence);
}

Bytes Snapshot::head(std::uint64_t sequence) const {
  return blob_of(impl_->reader().head_of.bind(1, sequence));
}

std::vector<ErasureRow> Snapshot::erasures_of(std::uint64_t sequence) const {
  Statement& statement = impl_->reader().erasures_of;
  const Rewind rewind(statement);
  statement.bind(1, sequence);
  std::vector<ErasureRow> rows;
  while (statement.step()) {
    rows.push_back({statement.bits(0), statement.integer(1), std::nullopt});
    if (!statement.is_null(2)) rows.back().erased_at_s = statement.integer(2);
  }
  return rows;
}

std::uint64_t Snapshot::num_pending_erasures() const {
  return count(impl_->reader().num_pending_erasures);
}

std::uint64_t Snapshot::num_erasures() const {
  return count(impl_->reader().num_erasures);
}

void Snapshot::for_each_head(const std::function<void(std::uint64_t, ByteView)>& visit) const {
  Statement& row = impl_->reader().all_heads;
  const Rewind rewind(row);
  while (row.step()) visit(row.bits(0), row.blob(1));
}

std::vector<std::string> Snapshot::integrity_problems() const {
  Statement& row = impl_->reader().integrity;
  const Rewind rewind(row);
  std::vector<std::string> problems;
  if (!is_written_with_a_log(impl_->reader().connection)) {
    problems.emplace_back("its header says that it is not written, or not with a write-ahead log");
  }
  while (row.step()) {
    if (row.text(0) != "ok") problems.push_back(row.text(0));
  }
  return problems;
}

}  // namespace morgiana::store
