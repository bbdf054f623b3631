#include "gallery/change.hpp"

#include <utility>

namespace morgiana {
namespace {

store::Sync sync_of(const Parts& parts, CommitQueue::Durability durability) {
  const bool is_batched =
      parts.sync == Sync::batched && durability == CommitQueue::Durability::of_gallery;
  return is_batched ? store::Sync::later : store::Sync::at_commit;
}

}  // namespace

Change::Change(Parts& all, CommitQueue::Durability durability)
    : parts(all),
      turn(all.write_turn),
      transaction(all.database.begin(sync_of(all, durability))),
      draft(all.index.draft()),
      head(all.committed()) {
  head.previous = seal::sha256(parts.vault.encode(head));
  ++head.sequence;
}

Change::~Change() {
  parts.slots.undo();
}

void Change::commit() {
  transaction.append_head(head.sequence, parts.vault.encode(head));
  transaction.commit();
  parts.slots.keep();
  parts.slots.give_back(freed_slots);
  {
    const std::lock_guard lock(parts.head_mutex);
    parts.head = head;
  }
  parts.index.publish(std::move(draft));
}

}  // namespace morgiana
