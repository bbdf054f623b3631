#include "store/sqlite.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <new>

#include <unistd.h>

#include "store/schema.hpp"

namespace morgiana::store {
namespace {

Errc meaning(int code, int system_errno) {
  if (system_errno == ENOSPC || system_errno == EDQUOT) return Errc::storage_full;
  switch (code & 0xFF) {
    case SQLITE_FULL: return Errc::storage_full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Errc::locked;
    case SQLITE_NOTADB: return Errc::not_a_gallery;
    default: return Errc::storage_failed;
  }
}

/// As far as it can be known: to read the file would release the locks of all that this process
/// has open of it.
bool has_keyset(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::exists(path + ".keyset", unknown);
}

/// What the operator can do about it.
std::string_view remedy(Errc meaning, int code, const std::string& path) {
  if (meaning == Errc::storage_full) {
    return "; there is no space left on its file system, or in the quota: free some and try again";
  }
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      if (!has_keyset(path)) return "; it is no gallery: name the file that a gallery was made as";
      return "; its keyset lies beside it, so it was a gallery and is damaged: restore a backup of "
             "it";
    case SQLITE_CORRUPT: return "; the file is damaged: restore a backup of it";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return "; the user of this process needs to write the file, those beside it that begin with "
             "its name, and their folder, to follow a gallery as well";
    default: return "";
  }
}

/// A database from a stranger may bring triggers, views and a schema that rewrites itself.
void distrust(const Connection& connection) {
  for (const int feature : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW}) {
    connection.require(sqlite3_db_config(connection.get(), feature, 0, nullptr), "restricting");
  }
  connection.require(sqlite3_db_config(connection.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr),
                     "restricting");
}

}  // namespace

namespace {

/// Of which process, in the upper half, and how many. A fork copies it; a mutex it might copy
/// locked.
std::atomic<std::uint64_t> guarded = 0;

constexpr std::uint64_t kCount = 0xFFFFFFFF;

std::uint64_t own_half() {
  return std::uint64_t{static_cast<std::uint32_t>(::getpid())} << 32;
}

}  // namespace

ProcessGuard::ProcessGuard() {
  const std::uint64_t own = own_half();
  std::uint64_t seen = guarded;
  std::uint64_t wanted = 0;
  do {
    const bool is_own = (seen & ~kCount) == own;
    if (!is_own && (seen & kCount) != 0) {
      throw Error(Errc::closed,
                  "this process was forked from one that had a gallery open, and cannot open one; "
                  "start it anew (spawn or exec), or fork before any gallery is opened");
    }
    wanted = (is_own ? seen : own) + 1;
  } while (!guarded.compare_exchange_weak(seen, wanted));
}

ProcessGuard::~ProcessGuard() {
  --guarded;
}

bool SqliteError::leaves_doubt() const noexcept {
  switch (sqlite_code_ & 0xFF) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL: return true;
    default: return false;
  }
}

Connection::Connection(const std::string& path, Mode mode) : path_(path) {
  sqlite3* handle = nullptr;
  // Absolute, because SQLite gives names such as ":memory:" a meaning of their own.
  const int access = mode == Mode::follow ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(std::filesystem::absolute(path).c_str(), &handle,
                                   access | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  require(code, "opening");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  distrust(*this);
  run(kConnectionPragmas);
  if (mode != Mode::write) run("PRAGMA query_only = ON;");
}

void Connection::fail(int code, std::string_view doing) const {
  const int primary = code & 0xFF;
  if (primary == SQLITE_NOMEM) throw std::bad_alloc();
  const bool from_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  const int system_errno =
      from_system && handle_ != nullptr ? sqlite3_system_errno(handle_.get()) : 0;
  const std::string words =
      handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_.get());
  const Errc errc = meaning(code, system_errno);
  throw SqliteError(errc,
                    std::string(doing) + " " + path_ + ": " + words + " (SQLite " +
                        std::to_string(code) + ")" + std::string(remedy(errc, code, path_)),
                    code);
}

void Connection::require(int code, std::string_view doing) const {
  if (code != SQLITE_OK) fail(code, doing);
}

void Connection::run(const std::string& sql, std::string_view doing) const {
  require(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), doing);
}

std::int64_t Connection::number(std::string_view sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

/// SQLite answers with the mode it kept instead of an error.
void Connection::require_log() const {
  Statement mode(*this, "PRAGMA journal_mode = WAL");
  if (mode.step() && mode.text(0) == "wal") return;
  throw Error(Errc::storage_failed, path_ +
                                        " cannot have a write-ahead log: its file system does not "
                                        "share memory between processes");
}

Statement::Statement(const Connection& connection, std::string_view sql) : connection_(connection) {
  sqlite3_stmt* statement = nullptr;
  connection.require(sqlite3_prepare_v3(connection.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
                     "preparing a query of");
  statement_.reset(statement);
}

Statement& Statement::bind(int index, std::int64_t value) {
  connection_.require(sqlite3_bind_int64(statement_.get(), index, value), "binding for");
  return *this;
}

Statement& Statement::bind(int index, std::uint64_t value) {
  return bind(index, static_cast<std::int64_t>(value));
}

Statement& Statement::bind(int index, std::string_view text) {
  connection_.require(sqlite3_bind_text(statement_.get(), index, text.data(),
                                        static_cast<int>(text.size()), SQLITE_STATIC),
                      "binding for");
  return *this;
}

Statement& Statement::bind(int index, ByteView bytes) {
  connection_.require(
      sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC),
      "binding for");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  const Rewind rewind(*this);  // after the message was taken: a reset may change it
  if (code != SQLITE_DONE) connection_.fail(code, "reading or writing");
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t Statement::bits(int column) const {
  return static_cast<std::uint64_t>(integer(column));
}

bool Statement::is_text(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(bytes == nullptr ? "" : bytes), static_cast<std::size_t>(size)};
}

ByteView Statement::blob(int column) const {
  const auto* bytes =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? ByteView{} : ByteView(bytes, static_cast<std::size_t>(size));
}

}  // namespace morgiana::store
