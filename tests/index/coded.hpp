#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "index/code_index.hpp"
#include "index/rotation.hpp"
#include "index/search.hpp"
#include "random.hpp"

namespace morgiana::index {

inline constexpr std::uint64_t kEveryCohort = ~std::uint64_t{0};

/// Rotates and codes vectors into an index; the key of a vector is its number.
class Coded {
 public:
  explicit Coded(const Rotation& rotation, const Layout& layout, std::size_t max_segment_blocks = 2)
      : rotation_(rotation), index_(layout, max_segment_blocks), code_(layout.dim) {}

  void add(const std::vector<test::Vector>& vectors, std::uint64_t cohorts = kEveryCohort) {
    Draft draft = index_.draft();
    test::Vector rotated(rotation_.dim());
    for (const test::Vector& x : vectors) {
      rotation_.apply(x, rotated);
      encode(rotated, code_);
      draft.append({next_key_++, cohorts, code_, x});
    }
    index_.publish(std::move(draft));
  }

  CodeIndex& index() { return index_; }

  Scanned scan(const kernels::KernelTable& tier, const Query& query,
               std::uint64_t cohorts = kEveryCohort, const Execution& execution = {}) const {
    const parallel::Deadline deadline(execution.deadline);
    const auto view = index_.view();
    return search(*view, std::span(&query, 1), {0, view->num_blocks()}, {tier, cohorts, deadline},
                  execution)
        .front();
  }

 private:
  const Rotation& rotation_;
  CodeIndex index_;
  Code code_;
  std::uint64_t next_key_ = 0;
};

inline std::vector<std::uint64_t> keys_of(const Scanned& scanned) {
  std::vector<std::uint64_t> keys;
  for (const Survivor& survivor : scanned.survivors) keys.push_back(survivor.key);
  return keys;
}

/// A query that nothing is dropped for.
inline Query keep_all(const Layout& layout) {
  Query query{};
  query.levels.resize(layout.num_lines() * kernels::kLineDims);
  query.split_levels.resize(2 * layout.residual_bytes());
  query.cos_bound = -std::numeric_limits<float>::infinity();
  return query;
}

}  // namespace morgiana::index
