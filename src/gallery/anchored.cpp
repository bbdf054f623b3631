#include "gallery/anchored.hpp"

#include <string>
#include <utility>

#include "morgiana/error.hpp"

namespace morgiana {

Anchored::Anchored(Anchor anchor, const Vault& vault, const store::Snapshot& snapshot,
                   const CommitHead& newest)
    : anchor_(std::move(anchor)), held_(anchor_.place().read()) {
  check(vault, snapshot, newest);
}

void Anchored::begin(const Anchor& anchor, const Vault& vault, const CommitHead& newest) {
  if (anchor.place().compare_and_swap({}, vault.encode(newest))) return;
  throw Error(Errc::already_exists,
              anchor.name() +
                  " holds a commit already; each gallery has an anchor of its own: "
                  "name another, or take this one away where no gallery needs it");
}

void Anchored::check(const Vault& vault, const store::Snapshot& snapshot,
                     const CommitHead& newest) const {
  if (held_.empty()) {
    throw Error(Errc::anchor_failed,
                anchor_.name() +
                    " holds nothing: it is new, or what it held is lost. Where the "
                    "gallery is known to be the newest, give it to it (set_anchor)");
  }
  CommitHead known;
  try {
    known = vault.decode(held_);
  } catch (const Error&) {
    throw Error(Errc::not_authentic,
                anchor_.name() + " holds no commit of this gallery, or a damaged one");
  }
  if (const auto breach = breach_of_descent(vault, snapshot, known, newest)) fail(*breach);
}

void Anchored::fail(const std::string& breach) const {
  throw Error(Errc::rolled_back, "by " + anchor_.name() + " the gallery " + breach);
}

void Anchored::advance(const Vault& vault, const store::Database& database) {
  const std::lock_guard lock(turn_);
  refuse_copy();
  const store::Snapshot snapshot = database.snapshot();
  const CommitHead newest = vault.decode(snapshot.head());
  const Anchor::Value next = vault.encode(newest);
  if (next == held_) return;
  if (!anchor_.place().compare_and_swap(held_, next)) {
    // An earlier swap may have been stored though it failed here.
    held_ = anchor_.place().read();
    if (held_ == next) return;
    try {
      check(vault, snapshot, newest);
    } catch (const Error&) {
      is_copy_ = true;
      throw;
    }
    if (!anchor_.place().compare_and_swap(held_, next)) {
      is_copy_ = true;
      refuse_copy();
    }
  }
  held_ = next;
}

void Anchored::refuse_copy() const {
  if (is_copy_) fail("is a copy that others have left behind; close it, and use the newest");
}

}  // namespace morgiana
