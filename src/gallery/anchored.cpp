#include "gallery/anchored.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gallery/revocation_ledger.hpp"
#include "morgiana/error.hpp"

namespace morgiana {

Anchored::Anchored(Anchor anchor, const Vault& vault, const store::Snapshot& snapshot,
                   const CommitHead& newest)
    : anchor_(std::move(anchor)), held_(anchor_.place().read()) {
  check(vault, snapshot, newest, held_);
}

namespace {

/// A ledger that was left of an anchor that is lost knows more than an older copy does.
/// Errors: rolled_back.
void refuse_older(const RevocationLedger& ledger, const store::Snapshot& snapshot,
                  const CommitHead& newest, const std::string& anchor) {
  const auto known = ledger.is_kept() ? ledger.read() : std::nullopt;
  if (!known || known->empty()) return;
  const bool brings_back = *known->rbegin() >= newest.next_subject_key ||
                           std::ranges::any_of(*known, [&](std::uint64_t subject_key) {
                             return snapshot.subject(subject_key).has_value();
                           });
  if (!brings_back) return;
  throw Error(
      Errc::rolled_back,
      "the gallery is older than the ledger of " + anchor +
          " says: it would bring back who was revoked since. Where it is the newest that is "
          "left, move that ledger away first, and who was revoked is enrolled again");
}

}  // namespace

void Anchored::begin(const Anchor& anchor, const Vault& vault, const store::Snapshot& snapshot,
                     const CommitHead& newest) {
  const bool is_new = anchor.place().read().empty();
  if (is_new) {
    const RevocationLedger ledger(anchor, vault);
    refuse_older(ledger, snapshot, newest, anchor.name());
    ledger.bring_up(snapshot);
  }
  if (is_new && anchor.place().compare_and_swap({}, vault.encode(newest))) return;
  throw Error(Errc::already_exists,
              anchor.name() +
                  " holds a commit already; each gallery has an anchor of its own: "
                  "name another, or take this one away where no gallery needs it");
}

CommitHead Anchored::decode(const Anchor& anchor, const Vault& vault, const Anchor::Value& stored) {
  if (stored.empty()) {
    throw Error(Errc::anchor_failed,
                anchor.name() +
                    " holds nothing: the name is wrong, its medium is not there, it is new, or "
                    "what it held is lost. Only where the gallery is known to be the newest, begin "
                    "with it anew: set_anchor");
  }
  try {
    return vault.decode(stored);
  } catch (const Error&) {
    throw Error(Errc::not_authentic,
                anchor.name() + " holds no commit of this gallery, or a damaged one");
  }
}

void Anchored::check(const Vault& vault, const store::Snapshot& snapshot, const CommitHead& newest,
                     const Anchor::Value& stored) const {
  const CommitHead known = decode(anchor_, vault, stored);
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
  for (int tries = 0; held_ != next; ++tries) {
    look_again(vault, snapshot, newest);
    if (held_ == next) return;
    keep_revoked(vault, snapshot);
    if (anchor_.place().compare_and_swap(held_, next)) {
      held_ = next;
    } else if (tries > 0) {
      is_copy_ = true;
      refuse_copy();
    }
  }
}

/// An earlier swap may have been stored though it failed here, or another have moved the anchor. Of
/// a copy that was left behind, nothing more is written.
void Anchored::look_again(const Vault& vault, const store::Snapshot& snapshot,
                          const CommitHead& newest) {
  Anchor::Value stored = anchor_.place().read();
  if (stored == held_) return;
  try {
    check(vault, snapshot, newest, stored);
  } catch (const Error& error) {
    is_copy_ = error.code() == Errc::rolled_back;
    throw;
  }
  held_ = std::move(stored);
  has_ledger_ = false;
}

/// Before the anchor names a commit, whom it revoked is in the ledger.
void Anchored::keep_revoked(const Vault& vault, const store::Snapshot& snapshot) {
  const RevocationLedger ledger(anchor_, vault);
  if (has_ledger_ && ledger.is_kept()) {
    ledger.append(snapshot.revoked_since(vault.decode(held_).sequence));
  } else {
    ledger.bring_up(snapshot);
  }
  has_ledger_ = true;
}

Anchored::Held Anchored::read(const Anchor& anchor, const Vault& vault) {
  Held held{anchor.place().read(), {}, {}};
  held.head = decode(anchor, vault, held.stored);
  const RevocationLedger ledger(anchor, vault);
  const auto refuse = [&](const char* why) {
    throw Error(Errc::anchor_failed,
                anchor.name() + why +
                    " of the revoked, so that whom the backup must not bring back is not known");
  };
  if (!ledger.is_kept()) refuse(" keeps no ledger");
  auto revoked = ledger.read();
  if (!revoked) refuse(" has lost its ledger");
  held.revoked = std::move(*revoked);
  return held;
}

bool Anchored::replace(const Anchor& anchor, const Held& held, const Vault& vault,
                       const store::Snapshot& snapshot, const CommitHead& newest) {
  RevocationLedger(anchor, vault).bring_up(snapshot);
  const Anchor::Value next = vault.encode(newest);
  try {
    return anchor.place().compare_and_swap(held.stored, next);
  } catch (...) {
    if (anchor.place().read() != next) throw;  // else it was stored, and the answer was lost
    return true;
  }
}

void Anchored::refuse_copy() const {
  if (is_copy_) fail("is a copy that others have left behind; close it, and use the newest");
}

}  // namespace morgiana
