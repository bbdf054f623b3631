#pragma once

#include <functional>

#include "gallery/parts.hpp"

namespace morgiana {

/// Moves the anchor, where there is one, to the newest commit, which is durable, as is what may be
/// committed meanwhile.
/// Errors: rolled_back; anchor_failed: what was committed stays, and the next commit moves it.
void anchor_newest(Parts& parts);

/// Gives a gallery an anchor that holds nothing yet. Needs the turn, or a gallery that nobody else
/// sees yet. Errors: already_exists; anchor_failed.
void set_anchor(Parts& parts, const Anchor& anchor);

/// Moves an anchor to a gallery that may be older than it, and that nobody else sees yet, after
/// `take_up` has made the gallery worth that. Errors: those of Anchored; anchor_failed;
/// locked (it was moved meanwhile).
void replace_anchored(const Parts& parts, const Anchor& anchor,
                      const std::function<void(const Anchored::Held&)>& take_up);

/// Holds a gallery that was just read against its anchor. Errors: those of Anchored.
void check_anchor(Parts& parts, const Anchor& anchor);

}  // namespace morgiana
