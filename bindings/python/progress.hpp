#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

namespace morgiana::python {

/// Told how far an enrolment or a backup is, on whatever thread, without the GIL; made and
/// destroyed with it. Errors: what a signal handler or the callable raises.
class Progress {
 public:
  /// `tell` is None, or is called with (num_done, num_all).
  explicit Progress(const pybind11::object& tell) : tell_(tell) {}

  void operator()(std::uint64_t num_done, std::uint64_t num_all) const;

 private:
  const pybind11::object& tell_;
};

}  // namespace morgiana::python
