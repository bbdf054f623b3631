#pragma once

#include <string>

#include "morgiana/keys.hpp"
#include "seal/keyset.hpp"
#include "seal/locked_memory.hpp"

namespace morgiana {

/// A kind of key source.
class KeySource::Origin {
 public:
  /// A key-encryption key (KEK), and what a keyset keeps for finding it again.
  struct NewKek {
    seal::LockedKey kek;
    seal::KekEnvelope envelope;
  };

  virtual ~Origin() = default;

  virtual seal::KekHolder holder() const noexcept = 0;
  virtual std::string name() const = 0;
  virtual std::string path() const { return {}; }

  /// Errors: those of create() that can be told at no cost.
  virtual void check() const = 0;
  virtual NewKek create() const = 0;
  /// The KEK of a keyset with these parameters, or another where they are not its own.
  virtual seal::LockedKey open(ByteView parameters) const = 0;
};

}  // namespace morgiana
