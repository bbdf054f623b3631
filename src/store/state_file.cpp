#include "store/state_file.hpp"

#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana::store {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  record BLOB NOT NULL
) STRICT;
)sql";

constexpr SideFormat kFormat{0x4D525354, 1, kSchema, "the state of a log"};  // "MRST"

std::string present(const std::string& path) {
  if (!exists(path)) throw Error(Errc::not_found, "there is no " + path);
  return path;
}

}  // namespace

void StateFile::create(const std::string& path, ByteView record) {
  store::create(kFormat, path, [&](const Connection& connection) {
    Statement(connection, "INSERT INTO state VALUES (1, ?)").bind(1, record).run();
  });
}

StateFile::StateFile(const std::string& path)
    : connection_(present(path), Connection::Mode::write) {
  if (!is_of(kFormat, connection_)) {
    throw Error(Errc::storage_failed, path + " was never finished");
  }
}

Bytes StateFile::read() {
  Statement query(connection_, "SELECT record FROM state");
  if (!query.step()) throw Error(Errc::storage_failed, connection_.path() + " is empty");
  const ByteView record = query.blob(0);
  return {record.begin(), record.end()};
}

void StateFile::write(ByteView record, Sync sync) {
  connection_.run(sync == Sync::now ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  Exclusive turn(connection_);
  Statement(connection_, "UPDATE state SET record = ?").bind(1, record).run();
  turn.commit();
}

}  // namespace morgiana::store
