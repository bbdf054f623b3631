#pragma once

#include <cstddef>
#include <cstdint>

namespace morgiana::index {

/// Where a scan starts. The answer is the same; the cost is not.
enum class FirstStep { high_plane, both_planes };

/// What is known of a query and of the references it meets, before any code is read.
struct Prospect {
  std::uint32_t dim;
  double cos_bound;  // of the query, for levels of length 1
  double sin_bound;
  double high_plane_angle;  // between a typical reference and its high plane
};

/// Whether the high plane can pay at all. It is asked of isotropic strangers, the easiest there
/// are: where they already survive, it never pays.
FirstStep plan(const Prospect& prospect);

/// What to do with the rest of a segment, after the high plane was tried on some of its blocks.
FirstStep adapt(std::size_t blocks_read, std::size_t blocks_left);

}  // namespace morgiana::index
