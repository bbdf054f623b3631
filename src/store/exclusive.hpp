#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "store/sqlite.hpp"

namespace morgiana::store {

/// A transaction that begins by locking out other writers; rolled back unless committed.
class Exclusive {
 public:
  explicit Exclusive(const Connection& connection);
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;
  ~Exclusive();
  void commit();

 private:
  const Connection& connection_;
  bool is_committed_ = false;
};

/// Waits for other writers, who hold the lock for one sync, by asking again and again: SQLite's own
/// waits grow to 100 ms, which a process that writes all the time outlasts. Outlives the
/// connection.
class Patience {
 public:
  Patience() = default;
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  void give_to(const Connection& connection);

 private:
  static int wait_a_moment(void* self, int num_waits);
  std::chrono::steady_clock::time_point began_;
};

/// What tells the databases beside a gallery from each other.
struct SideFormat {
  int id;              // SQLite's application id
  int version;         // the newest that this build reads
  const char* schema;  // of a new one
  const char* name;    // for messages: "the ledger of refusals"
};

/// Whether the file is of that format: false where its first writer has not finished yet.
/// Errors: storage_failed (it is something else); unsupported_format.
bool is_of(const SideFormat& format, const Connection& connection);

/// Writes the schema of a file that is still empty. Needs an Exclusive.
void prepare(const SideFormat& format, const Connection& connection);

/// Makes a file with the schema and what `fill` writes: complete and durable when it returns,
/// absent otherwise. Errors: already_exists; storage_full; storage_failed.
void create(const SideFormat& format, const std::string& path,
            const std::function<void(const Connection&)>& fill);

/// Throws what was caught again, or storage_failed with this message where the file is damaged.
[[noreturn]] void rethrow_damaged(const std::string& message);

}  // namespace morgiana::store
