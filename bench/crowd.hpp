#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "index/code_index.hpp"
#include "index/query.hpp"
#include "index/rotation.hpp"
#include "index/search.hpp"
#include "morgiana/template.hpp"
#include "random.hpp"

namespace morgiana::bench {

/// How many references a benchmark searches; MORGIANA_BENCH_REFERENCES asks for another number.
inline std::uint64_t num_references() {
  const char* given = std::getenv("MORGIANA_BENCH_REFERENCES");
  return given != nullptr ? std::stoull(given) : 200'000;
}

/// The codes of isotropic strangers.
class Crowd {
 public:
  explicit Crowd(std::uint32_t dim)
      : rotation(dim, std::array<std::uint8_t, 32>{}), index({.dim = dim}), strangers_(dim, 1) {
    index::Draft draft = index.draft();
    index::Code code(dim);
    test::Vector rotated(dim);
    for (std::uint64_t key = 0; key < num_references(); ++key) {
      const test::Vector x = strangers_.unit();
      rotation.apply(x, rotated);
      index::encode(rotated, code);
      draft.append({key << 20, ~std::uint64_t{0}, code, x});
    }
    index.publish(std::move(draft));
  }

  /// The crowd of a dimension, made once.
  static Crowd& of(std::uint32_t dim) {
    static std::map<std::uint32_t, std::unique_ptr<Crowd>> made;
    std::unique_ptr<Crowd>& crowd = made[dim];
    if (crowd == nullptr) crowd = std::make_unique<Crowd>(dim);
    return *crowd;
  }

  test::Vector stranger() { return strangers_.unit(); }

  index::Rotation rotation;
  index::CodeIndex index;

 private:
  test::Vectors strangers_;
};

}  // namespace morgiana::bench
