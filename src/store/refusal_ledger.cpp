#include "store/refusal_ledger.hpp"

#include <utility>

#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "store/exclusive.hpp"
#include "store/sqlite.hpp"

namespace morgiana::store {
namespace {

constexpr int kLedgerId = 0x4D525246;  // "MRRF"
constexpr int kVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  gallery BLOB NOT NULL,
  written INTEGER NOT NULL
) STRICT;
CREATE TABLE refusals (
  subject_key INTEGER NOT NULL,
  caller TEXT NOT NULL,
  day INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count > 0),
  written INTEGER NOT NULL,
  PRIMARY KEY (subject_key, caller)
) STRICT, WITHOUT ROWID;
CREATE INDEX refusals_by_writing ON refusals (written);
)sql";

constexpr SideFormat kFormat{kLedgerId, kVersion, kSchema, "the ledger of refusals"};

bool belongs_to(const Connection& connection, const Uuid& gallery) {
  Statement owner(connection, "SELECT 1 FROM ledger WHERE gallery = ?");
  return owner.bind(1, ByteView(gallery)).step();
}

}  // namespace

class RefusalLedger::Reader {
 public:
  explicit Reader(const std::string& path)
      : connection_(path, Connection::Mode::read),
        version_(connection_, "PRAGMA data_version"),
        rows_(connection_,
              "SELECT subject_key, caller, count, written FROM refusals"
              " WHERE written > ? AND day >= ? ORDER BY written") {}

  std::vector<RefusalCount> read_new(std::int64_t day) {
    std::vector<RefusalCount> found;
    const std::int64_t version = data_version();
    if (day == day_ && version == seen_version_) return found;
    if (day != day_) seen_ = 0;  // another process may have begun the day already
    day_ = day;
    rows_.bind(1, seen_).bind(2, day);
    const Rewind rewind(rows_);
    std::int64_t newest = seen_;
    while (rows_.step()) {
      found.push_back({rows_.text(1), rows_.bits(0), rows_.bits(2)});
      newest = rows_.integer(3);
    }
    seen_ = newest;
    seen_version_ = version;  // a commit since then is read again, not missed
    return found;
  }

 private:
  std::int64_t data_version() {
    const Rewind rewind(version_);
    version_.step();
    return version_.integer(0);
  }

  Connection connection_;
  Statement version_;
  Statement rows_;
  std::int64_t day_ = -1;
  std::int64_t seen_ = 0;
  std::int64_t seen_version_ = -1;
};

class RefusalLedger::Writer {
 public:
  Writer(const std::string& path, const Uuid& gallery)
      : connection_(path, Connection::Mode::write), gallery_(gallery) {
    patience_.give_to(connection_);
    connection_.require_log();
    Exclusive turn(connection_);
    if (!is_of(kFormat, connection_)) prepare(kFormat, connection_);
    belong_to_gallery();
    turn.commit();
  }

  void write(std::int64_t day, const std::function<std::vector<RefusalCount>()>& decide) {
    Exclusive turn(connection_);
    const std::vector<RefusalCount> counts = decide();
    if (day != day_) begin_day(day);
    std::int64_t written = connection_.number("SELECT written FROM ledger");
    Statement put(connection_,
                  "INSERT INTO refusals VALUES (?1, ?2, ?3, ?4, ?5)"
                  " ON CONFLICT DO UPDATE SET day = ?3, count = ?4, written = ?5");
    for (const RefusalCount& count : counts) {
      put.bind(1, count.subject_key)
          .bind(2, std::string_view(count.caller))
          .bind(3, day)
          .bind(4, count.count)
          .bind(5, ++written)
          .run();
    }
    Statement(connection_, "UPDATE ledger SET written = ?").bind(1, written).run();
    turn.commit();
  }

 private:
  /// What a clock that was ahead has left is of today, and is forgotten tomorrow.
  void begin_day(std::int64_t day) {
    Statement(connection_, "DELETE FROM refusals WHERE day < ?").bind(1, day).run();
    Statement(connection_, "UPDATE refusals SET day = ?1 WHERE day > ?1").bind(1, day).run();
    day_ = day;
  }

  /// Counts that an older gallery of the same name left behind are not of this one's subjects.
  void belong_to_gallery() {
    if (belongs_to(connection_, gallery_)) return;
    connection_.run("DELETE FROM refusals", "preparing");
    Statement(connection_,
              "INSERT INTO ledger VALUES (1, ?1, 0) ON CONFLICT DO UPDATE SET gallery = ?1")
        .bind(1, ByteView(gallery_))
        .run();
  }

  Patience patience_;
  Connection connection_;
  Uuid gallery_;
  std::int64_t day_ = -1;  // whose rows alone are there
};

namespace {

/// Nothing of a ledger is in a backup.
[[noreturn]] void rethrow_named(const std::string& path) {
  rethrow_damaged("the ledger of refusals " + path +
                  " is damaged; close the gallery everywhere and move it away: the counts of today "
                  "are lost then");
}

}  // namespace

RefusalLedger::RefusalLedger(std::string path, const Uuid& gallery)
    : path_(std::move(path)), gallery_(gallery) {}
RefusalLedger::~RefusalLedger() = default;

std::vector<RefusalCount> RefusalLedger::read_new(std::int64_t day) {
  try {
    if (reader_ == nullptr) {
      if (!exists(path_)) return {};
      {
        const Connection connection(path_, Connection::Mode::read);
        connection.run("BEGIN", "reading");  // one state: its first writer may be at work
        if (!is_of(kFormat, connection) || !belongs_to(connection, gallery_)) return {};
      }
      reader_ = std::make_unique<Reader>(path_);
    }
    return reader_->read_new(day);
  } catch (...) {
    reader_ = nullptr;
    rethrow_named(path_);
  }
}

void RefusalLedger::write(std::int64_t day,
                          const std::function<std::vector<RefusalCount>()>& decide) {
  try {
    if (writer_ == nullptr) {
      if (!exists(path_)) {
        try {
          create_file(path_, {});
        } catch (const Error& error) {
          if (error.code() != Errc::already_exists) throw;  // another process was first
        }
      }
      writer_ = std::make_unique<Writer>(path_, gallery_);
    }
    writer_->write(day, decide);
  } catch (...) {
    writer_ = nullptr;
    rethrow_named(path_);
  }
}

}  // namespace morgiana::store
