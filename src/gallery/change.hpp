#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "gallery/parts.hpp"
#include "index/draft.hpp"
#include "store/database.hpp"

namespace morgiana {

/// Enrolments and removals in the making: database, index and head change together at commit(),
/// or not at all. Holds the writer's turn.
struct Change {
  Change(Parts& all, store::Sync sync);
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  ~Change();

  void commit();

  Parts& parts;
  std::unique_lock<WriteTurn> turn;  // taken before the transaction begins
  store::Transaction transaction;
  index::Draft draft;
  CommitHead head;                         // the next one
  std::vector<std::uint64_t> freed_slots;  // free from the commit on
};

}  // namespace morgiana
