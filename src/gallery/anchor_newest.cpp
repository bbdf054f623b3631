#include "gallery/anchor_newest.hpp"

#include <exception>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana {
namespace {

[[noreturn]] void fail(const Anchor& anchor, const std::exception& error, const char* meaning) {
  std::throw_with_nested(Error(Errc::anchor_failed, anchor.name() + ": " + error.what() + meaning));
}

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
      default: fail(anchor, error, meaning);
    }
  } catch (const std::exception& error) {
    fail(anchor, error, meaning);
  }
}

}  // namespace

void anchor_newest(Parts& parts) {
  Anchored* const anchored = parts.anchored.get();
  if (anchored == nullptr) return;
  anchored->refuse_own();
  constexpr const char* kMade =
      "; the change is made and durable, but a copy from before it would not be noticed until the "
      "next change moves the anchor";
  move(anchored->anchor(), kMade, [&] {
    try {
      anchored->advance(parts.vault, parts.database);
    } catch (const Error& error) {
      if (error.code() != Errc::not_authentic && error.code() != Errc::anchor_failed) throw;
      throw Error(Errc::anchor_failed, error.what() + std::string(kMade));
    }
  });
}

void set_anchor(Parts& parts, const Anchor& anchor) {
  parts.database.flush();
  move(anchor, "; the gallery was not given it", [&] {
    const store::Snapshot snapshot = parts.database.snapshot();
    const CommitHead newest = parts.vault.decode(snapshot.head());
    Anchored::begin(anchor, parts.vault, snapshot, newest);
    parts.anchored.put(std::make_unique<Anchored>(anchor, parts.vault, snapshot, newest));
  });
}

void replace_anchored(const Parts& parts, const Anchor& anchor,
                      const std::function<void(const Anchored::Held&)>& take_up) {
  constexpr const char* kNotRestored = "; the gallery was not restored";
  Anchored::Held held;
  move(anchor, kNotRestored, [&] { held = Anchored::read(anchor, parts.vault); });
  take_up(held);
  bool is_moved = false;
  move(anchor, kNotRestored, [&] {
    is_moved =
        Anchored::replace(anchor, held, parts.vault, parts.database.snapshot(), parts.committed());
  });
  if (is_moved) return;
  throw Error(Errc::locked, anchor.name() +
                                " was moved meanwhile: something uses the gallery that was to be "
                                "replaced; end it, and restore again");
}

void check_anchor(Parts& parts, const Anchor& anchor) {
  move(anchor, "; the gallery was not opened", [&] {
    const store::Snapshot snapshot = parts.database.snapshot();
    parts.anchored.put(std::make_unique<Anchored>(anchor, parts.vault, snapshot,
                                                  parts.vault.decode(snapshot.head())));
  });
}

}  // namespace morgiana
