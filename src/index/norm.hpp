#pragma once

namespace morgiana::index {

/// A vector whose squared norm is this close to 1 counts as unit: closer, only roundings differ.
/// The bound of a query allows for it.
inline constexpr double kNormTolerance = 0x1p-20;

}  // namespace morgiana::index
