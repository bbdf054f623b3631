#include "gallery/anchor_newest.hpp"

#include <exception>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana {
namespace {

/// Whatever the anchor throws is told as a failure of the anchor, and what it means.
template <class Move>
void move(const Anchor& anchor, const char* meaning, Move run) {
  try {
    run();
  } catch (const Error& error) {
    switch (error.code()) {
      case Errc::rolled_back:
      case Errc::not_authentic:
      case Errc::already_exists:
      case Errc::anchor_failed: throw;
      default: throw Error(Errc::anchor_failed, anchor.name() + ": " + error.what() + meaning);
    }
  } catch (const std::exception& error) {
    throw Error(Errc::anchor_failed, anchor.name() + ": " + error.what() + meaning);
  }
}

}  // namespace

void anchor_newest(Parts& parts) {
  if (parts.anchored == nullptr) return;
  move(parts.anchored->anchor(),
       "; the change is made and durable, but a copy from before it would not be noticed until "
       "the next change moves the anchor",
       [&] { parts.anchored->advance(parts.vault, parts.database); });
}

void set_anchor(Parts& parts, const Anchor& anchor) {
  move(anchor, "; the gallery has no anchor", [&] {
    parts.database.flush();
    const store::Snapshot snapshot = parts.database.snapshot();
    const CommitHead newest = parts.vault.decode(snapshot.head());
    Anchored::begin(anchor, parts.vault, newest);
    parts.anchored = std::make_unique<Anchored>(anchor, parts.vault, snapshot, newest);
  });
}

void check_anchor(Parts& parts, const Anchor& anchor) {
  move(anchor, "; the gallery was not opened", [&] {
    const store::Snapshot snapshot = parts.database.snapshot();
    parts.anchored = std::make_unique<Anchored>(anchor, parts.vault, snapshot,
                                                parts.vault.decode(snapshot.head()));
  });
}

}  // namespace morgiana
