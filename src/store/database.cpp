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

constexpr const char* kLogSuffixes[] = {"-wal", "-shm"};

void remove_all(const std::string& path) {
  std::error_code ignored;  // already failing; the caller hears why
  std::filesystem::remove(path, ignored);
  for (const char* suffix : kLogSuffixes) std::filesystem::remove(path + suffix, ignored);
}

void write_schema(const Connection& connection, const GalleryRow& gallery) {
  connection.run("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;");
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

std::int64_t pragma(const Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  statement.step();
  return statement.integer(0);
}

void check_format(const Connection& connection) {
  if (pragma(connection, "PRAGMA application_id") != kApplicationId) {
    throw Error(Errc::not_a_gallery, connection.path() + " is not a Morgiana gallery");
  }
  const std::int64_t version = pragma(connection, "PRAGMA user_version");
  if (version > kFormatVersion) {
    throw Error(Errc::unsupported_format,
                connection.path() + " has format " + std::to_string(version) +
                    ", this build reads up to " + std::to_string(kFormatVersion));
  }
}

}  // namespace

Database::Database(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::create(const std::string& path, const GalleryRow& gallery) {
  create_file(path, {});  // private to its owner; SQLite gives its log the same mode
  try {
    auto impl = std::make_shared<Impl>(path);
    write_schema(impl->writer, gallery);
    sync_directory_of(path);
    return Database(std::move(impl));
  } catch (...) {
    remove_all(path);
    throw;
  }
}

Database Database::open(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(Errc::not_found, "there is no database " + path);
  }
  auto impl = std::make_shared<Impl>(path);
  check_format(impl->writer);
  return Database(std::move(impl));
}

bool Database::truncate_log() {
  const std::lock_guard turn(impl_->write_mutex);
  Statement checkpoint(impl_->writer, "PRAGMA wal_checkpoint(TRUNCATE)");
  return checkpoint.step() && checkpoint.integer(0) == 0;
}

std::uint64_t Database::file_bytes() const {
  std::uint64_t num_bytes = std::filesystem::file_size(impl_->path);
  const std::string log = impl_->path + kLogSuffixes[0];
  if (std::filesystem::exists(log)) num_bytes += std::filesystem::file_size(log);
  return num_bytes;
}

}  // namespace morgiana::store
