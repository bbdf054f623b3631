#include "index/model.hpp"

#include <algorithm>

#include "morgiana/error.hpp"

namespace morgiana::index {
namespace {

bool is_allowed(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

void validate(const ModelId& model) {
  constexpr std::size_t kMaxNameBytes = 64;
  if (model.name.empty() || model.name.size() > kMaxNameBytes ||
      !std::all_of(model.name.begin(), model.name.end(), is_allowed)) {
    throw Error(Errc::invalid_argument, "a model name has 1 to 64 of A-Z a-z 0-9 . _ -");
  }
  if (model.dim < kMinDim || model.dim > kMaxDim) {
    throw Error(Errc::invalid_argument,
                "model " + model.name + " has " + std::to_string(model.dim) + " dimensions; " +
                    std::to_string(kMinDim) + " to " + std::to_string(kMaxDim) + " are supported");
  }
}

std::string describe(const ModelId& model) {
  return model.name + " (" + std::to_string(model.dim) + "-D)";
}

}  // namespace morgiana::index
