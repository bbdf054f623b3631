#pragma once

#include <string>

#include "store/exclusive.hpp"
#include "store/sqlite.hpp"
#include "types/bytes.hpp"

namespace morgiana::store {

/// One small record in a database of its own, which is there whole whenever a process is killed.
/// After a loss of power it may be an older one, but none before the last that was synced.
/// Threads: one. Errors of every member: storage_full; storage_failed.
class StateFile {
 public:
  /// Errors: already_exists.
  static void create(const std::string& path, ByteView record);
  /// Errors: not_found; unsupported_format.
  explicit StateFile(const std::string& path);

  Bytes read();
  enum class Sync { now, later };
  void write(ByteView record, Sync sync);

 private:
  Connection connection_;
};

}  // namespace morgiana::store
