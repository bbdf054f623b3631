#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana::parallel {

/// The time by which an answer has to be there; without one, a check costs a branch.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(const std::optional<Clock::time_point>& at) : at_(at) {}

  /// Errors: deadline_exceeded.
  void check() const {
    if (at_) check_at(Clock::now());
  }

 private:
  void check_at(Clock::time_point now) const {
    if (now <= *at_) return;
    // In milliseconds before the difference: in nanoseconds time_point::min() would overflow it.
    using std::chrono::milliseconds;
    const milliseconds late =
        std::chrono::floor<milliseconds>(now) - std::chrono::floor<milliseconds>(*at_);
    throw Error(Errc::deadline_exceeded,
                "the deadline passed " + std::to_string(late.count()) + " ms ago");
  }

  std::optional<Clock::time_point> at_;
};

}  // namespace morgiana::parallel
