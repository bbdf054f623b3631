#pragma once

#include "gallery/parts.hpp"

namespace morgiana {

/// Moves the anchor, where there is one, to the newest commit, which is durable, as is what may be
/// committed meanwhile.
/// Errors: rolled_back; anchor_failed: what was committed stays, and the next commit moves it.
void anchor_newest(Parts& parts);

/// Gives a gallery an anchor that holds nothing yet. Needs the turn, or a gallery that nobody else
/// sees yet. Errors: already_exists; anchor_failed.
void set_anchor(Parts& parts, const Anchor& anchor);

/// Holds a gallery that was just read against its anchor. Errors: those of Anchored.
void check_anchor(Parts& parts, const Anchor& anchor);

}  // namespace morgiana
