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

/// Labels and PIN are UTF-8, the module a file name.
TokenOptions token_options(const py::bytes& module, std::string token, std::string key,
                           const py::bytes& pin) {
  return {path_of(module), std::move(token), std::move(key), std::string_view(pin)};
}

KeySource token(const py::bytes& module, std::string token, std::string key, const py::bytes& pin) {
  return KeySource::token(token_options(module, std::move(token), std::move(key), pin));
}

KeySource create_in_token(const py::bytes& module, std::string token, std::string key,
                          const py::bytes& pin) {
  const TokenOptions options = token_options(module, std::move(token), std::move(key), pin);
  const py::gil_scoped_release unlocked;
  return KeySource::create_in_token(options);
}

}  // namespace

void bind_keys(py::module_& module) {
  sealed_class<KeySource>(module, "KeySource")
      .def_static("file", &file, py::arg("path"))
      .def_static("create_file", &create_file, py::arg("path"))
      .def_static("passphrase", &passphrase, py::arg("passphrase"))
      .def_static("token", &token, py::arg("module"), py::arg("token"), py::arg("key"),
                  py::arg("pin"))
      .def_static("create_in_token", &create_in_token, py::arg("module"), py::arg("token"),
                  py::arg("key"), py::arg("pin"))
      .def("name", [](const KeySource& self) { return text_of(self.name()); })
      .def("path", [](const KeySource& self) { return py::bytes(self.path()); });
}

}  // namespace morgiana::python
