#include "paths.hpp"

#include "morgiana/error.hpp"

namespace morgiana::python {

std::string path_of(const pybind11::bytes& encoded) {
  std::string path(encoded);
  if (path.empty() || path.find('\0') != std::string::npos) {
    throw Error(Errc::invalid_argument, "a path is not empty and has no NUL byte");
  }
  return path;
}

}  // namespace morgiana::python
