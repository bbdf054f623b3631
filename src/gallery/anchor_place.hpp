#pragma once

#include <string>

#include "morgiana/anchor.hpp"

namespace morgiana {

/// A kind of anchor.
class Anchor::Place {
 public:
  virtual ~Place() = default;

  virtual std::string name() const = 0;
  virtual Value read() const = 0;
  virtual bool compare_and_swap(const Value& expected, const Value& next) const = 0;
  /// Null where none is kept.
  virtual const Ledger* ledger() const { return nullptr; }
};

}  // namespace morgiana
