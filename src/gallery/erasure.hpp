#pragma once

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Finishes pending erasures: overwritten slots and deleted records leave the log, then the ledger
/// says so. False where a running search still pins the log; a later call finishes it.
/// Needs the turn, or a gallery that nobody else sees yet.
bool finish_erasures(Parts& parts, int wait_ms = store::kCheckpointWaitMs);

/// After a commit that removed somebody. What fails here, a disk or a lack of memory, leaves the
/// erasure pending, as a search that pins the log does: the caller must hear that it committed.
Erasure erase_now(Parts& parts, int wait_ms = store::kCheckpointWaitMs) noexcept;

/// After any other commit: tries again what is pending, and waits for nobody.
void erase_pending(Parts& parts) noexcept;

}  // namespace morgiana
