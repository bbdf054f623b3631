#pragma once

#include "store/database.hpp"
#include "store/slot_blob.hpp"
#include "store/sqlite.hpp"

namespace morgiana::store {

/// A pooled connection with everything a snapshot asks, prepared once.
struct Reader {
  Reader(const std::string& path, Connection::Mode mode);

  Connection connection;
  Statement begin, end, gallery, subject_by_key, subject_by_id, key_by_id, ids, reference, subjects,
      subject_ids, references, revoked_since, erasures_of, format, head, head_of, head_sequence,
      num_slot_rows, slot_row_end, owned_slots, num_pending_erasures, num_erasures, all_heads,
      integrity;
  SlotBlob slots;
};

}  // namespace morgiana::store
