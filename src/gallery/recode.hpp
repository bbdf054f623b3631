#pragma once

#include "gallery/parts.hpp"
#include "morgiana/execution.hpp"

namespace morgiana {

/// Codes everything anew where the keyset has another rotation seed than the index was coded with.
/// Searches and changes go on meanwhile; those find the old view until the new one is whole.
/// Errors: not_authentic; deadline_exceeded.
void recode(Parts& parts, const Execution& execution);

}  // namespace morgiana
