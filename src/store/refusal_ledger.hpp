#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "types/bytes.hpp"

namespace morgiana::store {

struct RefusalCount {
  std::string caller;
  std::uint64_t subject_key;
  std::uint64_t count;
};

/// Counts of one day in a database of their own beside a gallery, which every process that has the
/// gallery open reads and writes. The file appears with the first count.
/// Threads: one that reads and one that writes at a time. Errors of both: storage_full;
/// storage_failed; locked. After one the file is opened anew.
class RefusalLedger {
 public:
  RefusalLedger(std::string path, const Uuid& gallery);
  RefusalLedger(const RefusalLedger&) = delete;
  RefusalLedger& operator=(const RefusalLedger&) = delete;
  ~RefusalLedger();

  /// What any process has stored since the last call of that day: of the day, and of later ones,
  /// which a clock that was set back leaves behind. `day`: since 1970.
  std::vector<RefusalCount> read_new(std::int64_t day);

  /// Stores what `decide` says, in the place of what is there for these callers and subjects; no
  /// other process writes between the two. Durable when it returns. Forgets the days before.
  void write(std::int64_t day, const std::function<std::vector<RefusalCount>()>& decide);

 private:
  class Reader;
  class Writer;

  std::string path_;
  Uuid gallery_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace morgiana::store
