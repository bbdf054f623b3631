#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "morgiana/gallery.hpp"
#include "random.hpp"

namespace morgiana::test {

/// Who is enrolled with which references: the oracle's view of a gallery. A person's references
/// follow from one number.
class People {
 public:
  static constexpr std::uint32_t kDim = 64;
  using State = std::map<std::string, std::uint64_t>;

  static ModelId model() { return {"test", kDim}; }
  static std::vector<Template> references(std::uint64_t person);

  /// Says in words how a gallery differs from a state; empty where it does not.
  static std::string difference(const Gallery& gallery, const State& state);
};

}  // namespace morgiana::test
