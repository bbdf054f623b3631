#include "morgiana/keys.hpp"

#include <string>
#include <utility>

#include "bind.hpp"
#include "paths.hpp"
#include "sealed_class.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

KeySource file(const py::bytes& path) {
  return KeySource::file(path_of(path));
}

KeySource create_file(const py::bytes& encoded) {
  std::string path = path_of(encoded);
  const py::gil_scoped_release unlocked;
  return KeySource::create_file(std::move(path));
}

/// Taken where it lies: a copy would stay in memory.
KeySource passphrase(const py::bytes& encoded) {
  return KeySource::passphrase(std::string_view(encoded));
}

}  // namespace

void bind_keys(py::module_& module) {
  sealed_class<KeySource>(module, "KeySource")
      .def_static("file", &file, py::arg("path"))
      .def_static("create_file", &create_file, py::arg("path"))
      .def_static("passphrase", &passphrase, py::arg("passphrase"))
      .def("name", [](const KeySource& self) { return text_of(self.name()); })
      .def("path", [](const KeySource& self) { return py::bytes(self.path()); });
}

}  // namespace morgiana::python
