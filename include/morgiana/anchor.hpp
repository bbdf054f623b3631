#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "morgiana/export.hpp"

namespace morgiana {

/// A data object of a PKCS#11 token: a smart card, a security module.
struct TokenObject {
  std::string module;    // the token maker's library, /usr/lib/softhsm/libsofthsm2.so
  std::string token;     // its label
  std::string object;    // label of the object, which is made where there is none
  std::string_view pin;  // of its user; copied
};

/// A place outside a gallery that holds its newest commit, so that an older copy of the gallery,
/// which would let in who was revoked since, is noticed when it is opened. It is worth what its
/// place is worth: who can bring back an older gallery and an older anchor together is not noticed.
class MORGIANA_API Anchor {
 public:
  /// What is stored: 144 bytes, authentic under the keys of the gallery, secret to nobody; empty
  /// where nothing was stored yet.
  using Value = std::vector<std::uint8_t>;
  using Read = std::function<Value()>;
  /// Stores `next` durably where `expected` is stored now, and says whether it did; at once for all
  /// who ask.
  using CompareAndSwap = std::function<bool(const Value& expected, const Value& next)>;

  /// Whom the gallery has revoked, kept beside the anchor, so that a backup can be restored without
  /// them (Gallery::restore): entries of 40 bytes, authentic and secret to nobody as the anchor is.
  struct Ledger {
    std::function<void(const Value& entries)> append;  // durably, all or none
    std::function<Value()> read;                       // all of them, in any order
  };

  /// A file, on another medium or machine than the gallery; `path`.revoked is its ledger.
  static Anchor file(std::string path);

  /// A private object in a token. It holds against who copies and puts back files, but not against
  /// who has the PIN: PKCS #11 has no counter that only rises, and an older value can be written
  /// again; it keeps no ledger. Nor has it a compare-and-swap: a new object is made before the old
  /// one is destroyed, so that one is left however it is cut off, and the newer of two counts;
  /// processes that move it at once are noticed, and told to try again or to take it out of the
  /// token. Nothing is asked of the token, and no wrong PIN twice, before the anchor is used: then
  /// anchor_failed, saying why. Errors: limit_reached (no memory can be locked). Cost:   an object
  /// made and one destroyed a change; cards bear a limited number of writes.
  static Anchor token(const TokenObject& where);

  /// A register of the caller's: a table of a database, a service, a monotonic counter. It is
  /// called on the threads that call the gallery, one at a time for a handle; it may search the
  /// gallery and must not close it, changes are refused as invalid_argument, and it must not wait
  /// for a thread that makes one. What it throws is the std::nested_exception of an anchor_failed.
  static Anchor callback(Read read, CompareAndSwap compare_and_swap,
                         std::optional<Ledger> ledger = {});

  /// For messages: "anchor /mnt/vault/campus.anchor".
  std::string name() const;

  class Place;
  const Place& place() const noexcept { return *place_; }

 private:
  explicit Anchor(std::shared_ptr<const Place> place);
  std::shared_ptr<const Place> place_;
};

}  // namespace morgiana
