#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "morgiana/error.hpp"
#include "store/database.hpp"
#include "store/snapshot.hpp"
#include "store/sqlite.hpp"

namespace morgiana::store {

/// The writer's connection and a pool of readers, shared by all snapshots and transactions.
class Database::Impl {
 public:
  explicit Impl(const std::string& file) : path(file), writer(file, Connection::Mode::write) {}

  std::unique_ptr<Reader> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        std::unique_ptr<Reader> reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
    }
    return std::make_unique<Reader>(path);
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

  const std::string path;
  Connection writer;
  std::mutex write_mutex;  // held by the one transaction
  /// A write or sync failed in a way that leaves the file in doubt: reopen and recover.
  std::atomic<bool> poisoned = false;

 private:
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace morgiana::store
