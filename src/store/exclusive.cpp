#include "store/exclusive.hpp"

#include <thread>

#include "morgiana/error.hpp"
#include "store/database.hpp"
#include "store/durable_file.hpp"
#include "store/schema.hpp"

namespace morgiana::store {

Exclusive::Exclusive(const Connection& connection) : connection_(connection) {
  connection_.run("BEGIN IMMEDIATE", "locking");
}

Exclusive::~Exclusive() {
  if (!is_committed_) sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Exclusive::commit() {
  connection_.run("COMMIT", "writing");
  is_committed_ = true;
}

void Patience::give_to(const Connection& connection) {
  sqlite3_busy_handler(connection.get(), &Patience::wait_a_moment, this);
}

int Patience::wait_a_moment(void* self, int num_waits) {
  auto& began = static_cast<Patience*>(self)->began_;
  const auto now = std::chrono::steady_clock::now();
  if (num_waits == 0) began = now;
  if (now - began >= std::chrono::milliseconds(kBusyTimeoutMs)) return 0;
  std::this_thread::sleep_for(std::chrono::microseconds(500));
  return 1;
}

bool is_of(const SideFormat& format, const Connection& connection) {
  const std::int64_t id = connection.number("PRAGMA application_id");
  if (id == 0 && connection.number("SELECT count(*) FROM sqlite_schema") == 0) return false;
  if (id != format.id) {
    throw Error(Errc::storage_failed,
                connection.path() + " is not " + format.name + " that belongs there; move it away");
  }
  if (connection.number("PRAGMA user_version") > format.version) {
    throw Error(Errc::unsupported_format, connection.path() + " was written by a newer version");
  }
  return true;
}

void prepare(const SideFormat& format, const Connection& connection) {
  connection.run(format.schema + ("PRAGMA application_id = " + std::to_string(format.id)) +
                     "; PRAGMA user_version = " + std::to_string(format.version),
                 "preparing");
}

void create(const SideFormat& format, const std::string& path,
            const std::function<void(const Connection&)>& fill) {
  create_file(path, {});  // private to its owner; SQLite gives its log the same mode
  try {
    const Connection connection(path, Connection::Mode::write);
    connection.require_log();
    Exclusive turn(connection);
    prepare(format, connection);
    fill(connection);
    turn.commit();
  } catch (...) {
    remove_database(path);
    throw;
  }
}

void rethrow_damaged(const std::string& message) {
  try {
    throw;
  } catch (const SqliteError& error) {
    if (error.code() != Errc::not_a_gallery && (error.sqlite_code() & 0xFF) != SQLITE_CORRUPT)
      throw;
    throw Error(Errc::storage_failed, message);
  }
}

}  // namespace morgiana::store
