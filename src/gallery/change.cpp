#include "gallery/change.hpp"

#include <utility>

namespace morgiana {

Change::Change(Parts& all, store::Sync sync)
    : parts(all),
      turn(all.write_turn),
      transaction(all.database.begin(sync)),
      draft(all.index.draft()),
      head(all.committed()) {
  if (const Anchored* anchored = parts.anchored.get()) anchored->refuse_copy();
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
