#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <stdexcept>
#include <thread>

namespace morgiana::python {

/// A Python object that the library keeps, and drops on whatever thread, with the GIL or without.
using Kept = std::shared_ptr<PyObject>;
Kept keep(pybind11::object object);

/// What a callable raised, on its way through the library to who called that.
class CallbackFailure : public std::runtime_error {
 public:
  explicit CallbackFailure(const pybind11::error_already_set& raised);

  /// Makes it the cause of `told`, and raises that; or itself where it is none that a program
  /// handles, such as KeyboardInterrupt, in the thread that it came to. Needs the GIL.
  void raise_within(const pybind11::object& told) const;

 private:
  Kept raised_;
  std::thread::id came_to_ = std::this_thread::get_id();
};

/// Errors: std::runtime_error where this thread has not the GIL, and gets it no more as the
/// interpreter is ending: to ask for it would end the thread.
void require_interpreter();

/// Runs what calls Python, with the GIL. Errors: CallbackFailure; those of require_interpreter().
template <class Call>
auto call_python(Call call) {
  require_interpreter();
  const pybind11::gil_scoped_acquire locked;
  try {
    return call();
  } catch (const pybind11::error_already_set& raised) {
    throw CallbackFailure(raised);
  }
}

}  // namespace morgiana::python
