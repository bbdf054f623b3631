#pragma once

#include "gallery/parts.hpp"

namespace morgiana {

/// Of a follower: takes over every commit of the other process that has returned there. Nothing to
/// do where this process is the one that writes. Threads: from many at once.
/// Errors: not_authentic; unsupported_format; not_found and replaced; storage_failed. After one,
/// the next call tries again: a follower that cannot follow answers nothing.
void catch_up(Parts& parts);

/// Records of the newest commit, which the view shows then. Needs the turn. Errors: as catch_up.
store::Snapshot newest_records(Parts& parts);

/// View and records of the newest commit. Waits for a writer that is at work. Errors: as catch_up.
State newest_state(Parts& parts);

}  // namespace morgiana
