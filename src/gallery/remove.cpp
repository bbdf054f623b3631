#include "gallery/remove.hpp"

#include <vector>

#include "gallery/erasure.hpp"
#include "gallery/take_out.hpp"
#include "morgiana/error.hpp"

namespace morgiana {

Removal remove(Parts& parts, std::span<const SubjectId> subjects) {
  if (subjects.empty()) throw Error(Errc::invalid_argument, "there is nobody to remove");
  std::uint64_t num_removed = 0;
  std::uint64_t commit = 0;
  parts.queue.run(parts, {.sync = store::Sync::at_commit}, [&](Change& change) {
    const store::Snapshot snapshot = parts.database.snapshot();
    const auto rows = find_rows(parts, snapshot, subjects, "nobody was removed");
    take_out(change, snapshot, rows);
    num_removed = rows.size();
    commit = change.head.sequence;
  });
  return {num_removed, erase_now(parts), commit};
}

}  // namespace morgiana
