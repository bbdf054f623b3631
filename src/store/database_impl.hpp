#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "morgiana/error.hpp"
#include "store/database.hpp"
#include "store/durable_file.hpp"
#include "store/snapshot.hpp"
#include "store/sqlite.hpp"

namespace morgiana::store {

/// The writer's connection and a pool of readers, shared by all snapshots and transactions. Of a
/// follower the connection is one that nothing but changed() uses.
class Database::Impl {
 public:
  Impl(const std::string& file, Connection::Mode mode)
      : path(file),
        identity(identity_of(file)),
        writer(file, mode),
        is_follower(mode == Connection::Mode::follow) {
    // Between the two looks the file may have been exchanged.
    refuse_if_replaced();
  }

  /// Of the next transaction.
  void set_sync(Sync sync) {
    if (sync == writer_sync_) return;
    writer.run(sync == Sync::at_commit ? "PRAGMA synchronous = FULL"
                                       : "PRAGMA synchronous = NORMAL");
    writer_sync_ = sync;
  }

  std::unique_ptr<Reader> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        std::unique_ptr<Reader> reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
    }
    auto reader = std::make_unique<Reader>(
        path, is_follower ? Connection::Mode::follow : Connection::Mode::read);
    refuse_if_replaced();
    return reader;
  }

  void give_back(std::unique_ptr<Reader> reader) {
    const std::lock_guard lock(readers_mutex_);
    readers_.push_back(std::move(reader));
  }

  /// Errors: storage_failed where an earlier write left the file in doubt.
  void refuse_if_poisoned() const {
    if (!poisoned) return;
    throw Error(Errc::storage_failed,
                "an earlier write to " + path + " failed; close the gallery and open it again");
  }

  /// Errors: read_only.
  void refuse_if_follower() const {
    if (!is_follower) return;
    throw Error(Errc::read_only,
                path + " was opened to follow another process, and is not changed");
  }

  /// Errors: replaced; not_found.
  void refuse_if_replaced() const {
    if (identity_of(path) != identity) fail_replaced();
  }

  [[noreturn]] void fail_replaced() const {
    throw Error(
        Errc::replaced,
        path + " is another file now than the one that was opened; open or follow it again");
  }

  const std::string path;
  const FileIdentity identity;
  Connection writer;
  const bool is_follower;
  std::mutex write_mutex;  // held by the one transaction
  /// A write or sync failed in a way that leaves the file in doubt: reopen and recover.
  std::atomic<bool> poisoned = false;

  /// Of a follower: a number that is another after each commit of another process.
  std::int64_t data_version() {
    if (!version_statement_) version_statement_.emplace(writer, "PRAGMA data_version");
    const Rewind rewind(*version_statement_);
    version_statement_->step();
    return version_statement_->integer(0);
  }
  std::int64_t seen_version = 0;

 private:
  std::optional<Statement> version_statement_;
  Sync writer_sync_ = Sync::at_commit;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace morgiana::store
