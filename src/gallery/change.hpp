#pragma once

#include <cstdint>
#include <mutex>

#include "gallery/parts.hpp"
#include "index/draft.hpp"
#include "store/database.hpp"

namespace morgiana {

/// One enrolment or removal in the making: database, index and head change together at commit(),
/// or not at all. Holds the writer's turn.
struct Change {
  explicit Change(Parts& all);
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  ~Change();

  void commit();

  Parts& parts;
  std::unique_lock<std::mutex> turn;  // taken before the transaction begins
  store::Transaction transaction;
  index::Draft draft;
  CommitHead head;  // the next one
};

}  // namespace morgiana
