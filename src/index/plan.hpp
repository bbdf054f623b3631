#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace morgiana::index {

/// Where a scan starts. The answer is the same; the cost is not.
enum class FirstStep { signs, high_plane, both_planes };

/// The step that follows one that is not the last.
constexpr FirstStep behind(FirstStep step) {
  return step == FirstStep::signs ? FirstStep::high_plane : FirstStep::both_planes;
}

/// What is known of a query and of the references it meets, before any code is read.
struct Prospect {
  std::uint32_t dim;
  double cos_bound;  // of the query, for levels of length 1
  double sin_bound;
  double high_plane_angle;           // between a typical reference and its high plane
  std::optional<double> sign_angle;  // and its signs, where they are a depth
};

/// The first step that can pay at all. It is asked of isotropic strangers, the easiest there are:
/// where they already survive, a step never pays.
FirstStep plan(const Prospect& prospect);

/// Where to start in the rest of a segment, after `tried` was first on some of its blocks.
FirstStep adapt(FirstStep tried, std::size_t blocks_read, std::size_t blocks_left);

}  // namespace morgiana::index
