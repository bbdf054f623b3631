#include "morgiana/keys.hpp"

#include <utility>

#include "bind.hpp"
#include "paths.hpp"

namespace py = pybind11;

namespace morgiana::python {

void bind_keys(py::module_& module) {
  module.def(
      "create_key_file",
      [](const py::bytes& encoded) {
        std::string path = path_of(encoded);
        const py::gil_scoped_release unlocked;
        KeySource::create_file(std::move(path));
      },
      py::arg("path"));
}

}  // namespace morgiana::python
