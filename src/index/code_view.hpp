#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "index/rotation.hpp"
#include "index/segment.hpp"

namespace morgiana::index {

/// A bit for each reference of a block.
using Masks = std::vector<std::uint16_t>;

/// The visible part of one segment.
struct Run {
  std::shared_ptr<Segment> segment;
  std::shared_ptr<Masks> alive;  // [capacity_blocks]
  std::size_t num_blocks = 0;
};

/// How much of an index.
struct Extent {
  std::uint64_t num_subjects = 0;
  std::uint64_t num_references = 0;

  Extent& operator+=(const Extent& other) noexcept {
    num_subjects += other.num_subjects;
    num_references += other.num_references;
    return *this;
  }
};

/// What one search sees: immutable, shared, gone with its last reader.
class CodeView {
 public:
  CodeView(const Layout& layout, std::shared_ptr<const Rotation> rotation)
      : layout_(layout), rotation_(std::move(rotation)) {}

  const Layout& layout() const noexcept { return layout_; }
  /// That of its codes, where the index was given one.
  const Rotation& rotation() const noexcept { return *rotation_; }
  /// In ascending order of keys. The last run may be one block that is being filled.
  std::span<const Run> runs() const noexcept { return runs_; }
  std::size_t num_blocks() const noexcept;

  /// All that is alive.
  const Extent& extent() const noexcept { return extent_; }
  /// What is alive with keys in [first, last] and has one of the cohorts.
  Extent extent(std::uint64_t first_key, std::uint64_t last_key, std::uint64_t cohorts) const;

  /// The keys of what is alive and has one of the cohorts, ascending.
  std::vector<std::uint64_t> keys(std::uint64_t cohorts) const;

  /// Of all blocks that the view shows.
  std::uint64_t bytes() const noexcept;

 private:
  friend class Draft;

  Layout layout_;
  std::shared_ptr<const Rotation> rotation_;
  Extent extent_;
  std::vector<Run> runs_;
  std::size_t tail_rows_ = 0;  // of the last run where it is being filled; 0: none is
};

}  // namespace morgiana::index
