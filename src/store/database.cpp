#include "store/database.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include "morgiana/error.hpp"
#include "store/database_impl.hpp"
#include "store/durable_file.hpp"
#include "store/schema.hpp"

namespace morgiana::store {
namespace {

constexpr const char* kLog = "-wal";

void write_schema(const Connection& connection, const GalleryRow& gallery) {
  connection.run("PRAGMA page_size = 16384");
  connection.require_log();
  connection.run("BEGIN IMMEDIATE;" + std::string(kCreateSchema) +
                 "PRAGMA application_id = " + std::to_string(kApplicationId) + ";" +
                 "PRAGMA user_version = " + std::to_string(kFormatVersion) + ";");
  Statement(connection, "INSERT INTO gallery VALUES (1, ?, ?, ?, ?)")
      .bind(1, ByteView(gallery.uuid))
      .bind(2, std::string_view(gallery.model_name))
      .bind(3, std::int64_t{gallery.dim})
      .bind(4, gallery.created_at_s)
      .run();
  connection.run("COMMIT");
}

void require_file(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw Error(Errc::not_found, "there is no database " + path);
  }
  if (error) throw Error(Errc::storage_failed, "opening " + path + ": " + error.message());
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(Errc::not_a_gallery, path + " is not a file");
  }
}

void check_format(const Connection& connection) {
  if (connection.number("PRAGMA application_id") != kApplicationId) {
    throw Error(Errc::not_a_gallery,
                connection.path() + " is an SQLite database, but not a Morgiana gallery");
  }
  const std::int64_t version = connection.number("PRAGMA user_version");
  if (version < 1) throw Error(Errc::not_a_gallery, connection.path() + " was never finished");
  if (version > kFormatVersion) {
    throw Error(Errc::unsupported_format,
                connection.path() + " was written by format " + std::to_string(version) +
                    ", this build reads up to " + std::to_string(kFormatVersion));
  }
}

}  // namespace

void remove_database(const std::string& path) {
  for (const char* suffix : {"", kLog, "-shm", "-journal"}) {
    std::error_code ignored;  // what stays is in the way of the next one, which then says so
    std::filesystem::remove(path + suffix, ignored);
  }
}

Database::Database(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::create(const std::string& path, const GalleryRow& gallery) {
  create_file(path, {});  // private to its owner; SQLite gives its log the same mode
  try {
    Database database(std::make_shared<Impl>(path, Connection::Mode::write));
    write_schema(database.impl_->writer, gallery);
    if (!database.truncate_log()) throw Error(Errc::locked, path + " is in use by something else");
    sync_directory_of(path);
    return database;
  } catch (...) {
    remove_database(path);
    throw;
  }
}

Database Database::open(const std::string& path) {
  require_file(path);
  auto impl = std::make_shared<Impl>(path, Connection::Mode::write);
  check_format(impl->writer);
  impl->writer.require_log();
  return Database(std::move(impl));
}

Database Database::follow(const std::string& path) {
  require_file(path);
  auto impl = std::make_shared<Impl>(path, Connection::Mode::follow);
  check_format(impl->writer);
  Database database(std::move(impl));
  database.changed();
  return database;
}

bool Database::changed() {
  impl_->refuse_if_replaced();
  const std::int64_t version = impl_->data_version();
  return std::exchange(impl_->seen_version, version) != version;
}

bool Database::is_poisoned() const noexcept {
  return impl_->poisoned;
}

void Database::flush() {
  impl_->refuse_if_follower();
  const std::lock_guard turn(impl_->write_mutex);
  impl_->refuse_if_poisoned();
  sqlite3_file* log = nullptr;
  impl_->writer.require(
      sqlite3_file_control(impl_->writer.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log),
      "finding the log of");
  if (log == nullptr || log->pMethods == nullptr) return;  // nothing was written to it
  // What left the log for the database was synced by the checkpoint that moved it.
  if (const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK) {
    impl_->poisoned = true;
    impl_->writer.fail(code, "syncing the log of");
  }
}

bool Database::truncate_log(int wait_ms) {
  impl_->refuse_if_follower();
  const std::lock_guard turn(impl_->write_mutex);
  impl_->refuse_if_poisoned();
  sqlite3* writer = impl_->writer.get();
  sqlite3_busy_timeout(writer, wait_ms);
  const int code =
      sqlite3_wal_checkpoint_v2(writer, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(writer, kBusyTimeoutMs);
  if (code == SQLITE_BUSY) return false;
  // No poison: where the copy failed, the log keeps its pages and the next attempt copies again.
  impl_->writer.require(code, "emptying the log of");
  return true;
}

std::uint64_t Database::file_bytes() const {
  const std::string log = impl_->path + kLog;
  return size_of(impl_->path) + (exists(log) ? size_of(log) : 0);
}

}  // namespace morgiana::store
