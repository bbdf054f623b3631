#include "progress.hpp"

namespace py = pybind11;

namespace morgiana::python {

void Progress::operator()(std::uint64_t num_done, std::uint64_t num_all) const {
  // Small work need not wait for the GIL: a signal is seen soon enough when it returns.
  if (tell_.is_none() && num_done == num_all) return;
  const py::gil_scoped_acquire locked;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  if (!tell_.is_none()) tell_(num_done, num_all);
}

}  // namespace morgiana::python
