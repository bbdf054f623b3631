#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "morgiana/export.hpp"

namespace morgiana {

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

  /// A file, on another medium or machine than the gallery.
  static Anchor file(std::string path);
  /// A register of the caller's: a table of a database, a service, a monotonic counter. What either
  /// throws ends the verb that asked.
  static Anchor callback(Read read, CompareAndSwap compare_and_swap);

  /// For messages: "anchor /mnt/vault/campus.anchor".
  std::string name() const;

  class Place;
  const Place& place() const noexcept { return *place_; }

 private:
  explicit Anchor(std::shared_ptr<const Place> place);
  std::shared_ptr<const Place> place_;
};

}  // namespace morgiana
