#include "store/sqlite.hpp"

#include <cerrno>

#include "morgiana/error.hpp"
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

}  // namespace

Connection::Connection(const std::string& path, Mode mode) : path_(path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  require(code, "opening");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  run(kConnectionPragmas);
  if (mode == Mode::read) run("PRAGMA query_only = ON;");
}

void Connection::fail(int code, std::string_view doing) const {
  const int system_errno = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_.get());
  const std::string words =
      handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_.get());
  throw Error(
      meaning(code, (code & 0xFF) == SQLITE_IOERR ? system_errno : 0),
      std::string(doing) + " " + path_ + ": " + words + " (SQLite " + std::to_string(code) + ")");
}

void Connection::require(int code, std::string_view doing) const {
  if (code != SQLITE_OK) fail(code, doing);
}

void Connection::run(const std::string& sql) const {
  require(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), "preparing");
}

Statement::Statement(const Connection& connection, std::string_view sql) : connection_(connection) {
  sqlite3_stmt* statement = nullptr;
  connection.require(sqlite3_prepare_v3(connection.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
                     "reading the tables of");
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
  if (code != SQLITE_DONE) {
    try {
      connection_.fail(code, "using");
    } catch (...) {
      reset();
      throw;
    }
  }
  reset();
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
