#pragma once

#include "gallery/parts.hpp"

namespace morgiana {

/// Finishes pending erasures: overwritten slots and deleted records leave the log, then the ledger
/// says so. False where a running search still pins the log; a later call finishes it.
/// Needs the write mutex, or a gallery that nobody else sees yet.
bool finish_erasures(Parts& parts);

}  // namespace morgiana
