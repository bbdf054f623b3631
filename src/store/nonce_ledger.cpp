#include "store/nonce_ledger.hpp"

#include <utility>

#include "morgiana/error.hpp"
#include "store/exclusive.hpp"

namespace morgiana::store {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  created_at INTEGER NOT NULL,
  forgotten INTEGER NOT NULL
) STRICT;
CREATE TABLE used (
  row INTEGER PRIMARY KEY,
  issuer TEXT NOT NULL,
  id TEXT NOT NULL,
  expires INTEGER NOT NULL,
  UNIQUE (issuer, id)
) STRICT;
CREATE INDEX used_by_expiry ON used (expires);
)sql";

constexpr SideFormat kFormat{0x4D524E43, 1, kSchema, "the store of nonces"};  // "MRNC"

}  // namespace

class NonceLedger::Opened {
 public:
  explicit Opened(const std::string& path) : connection_(path, Connection::Mode::write) {
    patience_.give_to(connection_);
    connection_.require_log();
  }

  Answer use(const Nonce& nonce, std::int64_t forget_before_s) {
    // A replay takes no lock, writes nothing and waits for nobody.
    if (is_used(nonce)) return Answer::used;
    Exclusive turn(connection_);
    if (is_used(nonce)) return Answer::used;
    if (!is_known(nonce)) return Answer::unknown;
    const Rewind rewind(insert_);
    insert_.bind(1, nonce.issuer).bind(2, nonce.id).bind(3, nonce.expires_at_s).run();
    forget(forget_before_s);
    turn.commit();
    return Answer::first;
  }

 private:
  static const Connection& finished(const Connection& connection) {
    if (is_of(kFormat, connection)) return connection;
    throw Error(Errc::storage_failed, connection.path() +
                                          " is a store of nonces that was never "
                                          "finished; take it away and make another");
  }

  bool is_used(const Nonce& nonce) {
    const Rewind rewind(find_);
    return find_.bind(1, nonce.issuer).bind(2, nonce.id).step();
  }

  /// Whether the ledger has known of its use, had there been one.
  bool is_known(const Nonce& nonce) {
    const Rewind rewind(limits_);
    if (!limits_.step()) return false;
    return nonce.issued_at_s >= limits_.integer(0) && nonce.expires_at_s > limits_.integer(1);
  }

  /// A few at a time, so that no call takes long. Whatever the clock says later, what is as old as
  /// that is not taken for new.
  void forget(std::int64_t before_s) {
    const Rewind rewind(oldest_);
    if (!oldest_.bind(1, before_s).step() || oldest_.is_null(0)) return;
    const std::int64_t newest_forgotten = oldest_.integer(0);
    Statement(connection_,
              "DELETE FROM used WHERE row IN (SELECT row FROM used WHERE expires < ?"
              " ORDER BY expires LIMIT 64)")
        .bind(1, before_s)
        .run();
    Statement(connection_, "UPDATE ledger SET forgotten = max(forgotten, ?)")
        .bind(1, newest_forgotten)
        .run();
  }

  Patience patience_;
  Connection connection_;
  Statement find_{finished(connection_), "SELECT 1 FROM used WHERE issuer = ? AND id = ?"};
  Statement limits_{connection_, "SELECT created_at, forgotten FROM ledger"};
  Statement insert_{connection_, "INSERT INTO used (issuer, id, expires) VALUES (?, ?, ?)"};
  Statement oldest_{connection_,
                    "SELECT max(expires) FROM (SELECT expires FROM used WHERE expires < ?"
                    " ORDER BY expires LIMIT 64)"};
};

void NonceLedger::create(const std::string& path, std::int64_t created_at_s) {
  store::create(kFormat, path, [&](const Connection& connection) {
    Statement(connection, "INSERT INTO ledger VALUES (1, ?, -1)").bind(1, created_at_s).run();
  });
}

NonceLedger::NonceLedger(std::string path) : path_(std::move(path)), identity_(identity_of(path_)) {
  const std::lock_guard turn(mutex_);
  open();
}

NonceLedger::~NonceLedger() = default;

void NonceLedger::open() {
  try {
    opened_ = std::make_unique<Opened>(path_);
  } catch (const SqliteError&) {
    rethrow_damaged("the store of nonces " + path_ + " is damaged: make another");
  }
}

NonceLedger::Answer NonceLedger::use(const Nonce& nonce, std::int64_t forget_before_s) {
  const std::lock_guard turn(mutex_);
  // A file that took its place knows nothing of what was used.
  if (identity_of(path_) != identity_) {
    throw Error(Errc::replaced, path_ + " is not the store of nonces that was opened");
  }
  if (opened_ == nullptr) open();
  try {
    return opened_->use(nonce, forget_before_s);
  } catch (...) {
    opened_ = nullptr;
    rethrow_damaged("the store of nonces " + path_ + " is damaged: make another");
  }
}

}  // namespace morgiana::store
