#include "morgiana/anchor.hpp"

#include <pybind11/stl.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "bind.hpp"
#include "callback.hpp"
#include "paths.hpp"
#include "sealed_class.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

py::bytes bytes_of(const Anchor::Value& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

/// None, or an empty list, for nothing would be taken for an anchor that is new.
[[noreturn]] void refuse(const char* expected, const py::object& got) {
  PyErr_Format(PyExc_TypeError, "%s, got %s", expected, Py_TYPE(got.ptr())->tp_name);
  throw py::error_already_set();
}

Anchor::Value value_of(const py::object& got, const char* expected) {
  if (!py::isinstance<py::bytes>(got)) refuse(expected, got);
  const auto text = std::string_view(py::reinterpret_borrow<py::bytes>(got));
  return {text.begin(), text.end()};
}

bool truth_of(const py::object& got) {
  if (!py::isinstance<py::bool_>(got)) refuse("compare_and_swap of an anchor returns bool", got);
  return got.ptr() == Py_True;
}

Anchor file(const py::bytes& path) {
  return Anchor::file(path_of(path));
}

Anchor token(const py::bytes& module, std::string token, std::string object, const py::bytes& pin) {
  return Anchor::token(
      {path_of(module), std::move(token), std::move(object), std::string_view(pin)});
}

std::function<Anchor::Value()> reading(py::object read, const char* expected) {
  return [read = keep(std::move(read)), expected] {
    return call_python([&] { return value_of(py::handle(read.get())(), expected); });
  };
}

/// None, or what appends and what reads.
std::optional<Anchor::Ledger> ledger_of(std::optional<std::pair<py::object, py::object>> given) {
  if (!given) return std::nullopt;
  return Anchor::Ledger{[append = keep(std::move(given->first))](const Anchor::Value& entries) {
                          call_python([&] {
                            const py::object answer = py::handle(append.get())(bytes_of(entries));
                            if (!answer.is_none())
                              refuse("append of a ledger returns None", answer);
                          });
                        },
                        reading(std::move(given->second), "read of a ledger returns bytes")};
}

Anchor callback(py::object read, py::object compare_and_swap,
                std::optional<std::pair<py::object, py::object>> ledger) {
  return Anchor::callback(
      reading(std::move(read), "read of an anchor returns bytes"),
      [swap = keep(std::move(compare_and_swap))](const Anchor::Value& expected,
                                                 const Anchor::Value& next) {
        return call_python(
            [&] { return truth_of(py::handle(swap.get())(bytes_of(expected), bytes_of(next))); });
      },
      ledger_of(std::move(ledger)));
}

}  // namespace

void bind_anchor(py::module_& module) {
  sealed_class<Anchor>(module, "Anchor")
      .def_static("file", &file, py::arg("path"))
      .def_static("token", &token, py::arg("module"), py::arg("token"), py::arg("object"),
                  py::arg("pin"))
      .def_static("callback", &callback, py::arg("read"), py::arg("compare_and_swap"),
                  py::arg("ledger"))
      .def("name", [](const Anchor& self) { return text_of(self.name()); });
}

}  // namespace morgiana::python
