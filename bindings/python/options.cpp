#include "options.hpp"

#include <utility>

#include "morgiana/error.hpp"

namespace morgiana::python {

ModelId model_id(std::string name, std::int64_t dim) {
  if (dim < kMinDim || dim > kMaxDim) {
    throw Error(Errc::invalid_argument, "a model has " + std::to_string(kMinDim) + " to " +
                                            std::to_string(kMaxDim) + " dimensions, got " +
                                            std::to_string(dim));
  }
  return {std::move(name), static_cast<std::uint32_t>(dim)};
}

std::size_t max_candidates(std::int64_t given) {
  if (given < 1) {
    throw Error(Errc::invalid_argument,
                "max_candidates is at least 1, got " + std::to_string(given));
  }
  return static_cast<std::size_t>(given);
}

Threshold threshold(float at_least, std::optional<double> fmr) {
  if (!fmr) return {.at_least = {at_least}};
  return {.at_least = {at_least}, .stands_for = Fmr{*fmr}};
}

}  // namespace morgiana::python
