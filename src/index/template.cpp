#include "morgiana/template.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "index/exact_score.hpp"
#include "index/model.hpp"
#include "index/norm.hpp"
#include "index/round.hpp"
#include "kernels/dispatch.hpp"
#include "morgiana/error.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

/// By bits, as a host may run with flushed subnormals or be built with -ffast-math. A subnormal
/// becomes zero, so that such a host gives the same score.
float checked(float value, std::size_t at) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t exponent = bits >> 23 & 0xFF;
  if (exponent == 0xFF) {
    throw Error(Errc::not_finite, "element " + std::to_string(at) + " of the embedding is " +
                                      ((bits & 0x7FFFFF) != 0 ? "NaN" : "infinite"));
  }
  return exponent == 0 ? 0.0F : value;
}

void normalise(std::vector<float>& values) {
  const double energy = kernels::chosen().dot(values.data(), values.data(), values.size());
  if (energy == 0) {
    throw Error(Errc::zero_norm,
                "the embedding has norm zero or values so small that they count as zero, so it "
                "has no direction");
  }
  if (std::abs(energy - 1) <= index::kNormTolerance) return;
  const double norm = std::sqrt(energy);
  for (float& value : values) value = index::round_to_float(value / norm);
}

}  // namespace

Template::Template(ModelId model, std::span<const float> embedding) : model_(std::move(model)) {
  index::validate(model_);
  if (embedding.size() != model_.dim) {
    throw Error(Errc::dim_mismatch, "the embedding has " + std::to_string(embedding.size()) +
                                        " dimensions, model " + model_.name + " has " +
                                        std::to_string(model_.dim));
  }
  values_.reserve(embedding.size());
  try {
    for (std::size_t i = 0; i < embedding.size(); ++i) values_.push_back(checked(embedding[i], i));
    normalise(values_);
  } catch (...) {
    wipe(values_.data(), values_.size() * sizeof(float));
    throw;
  }
}

Template::Template(const Template&) = default;
Template::Template(Template&&) noexcept = default;

Template& Template::operator=(const Template& other) {
  if (this != &other) *this = Template(other);
  return *this;
}

Template& Template::operator=(Template&& other) noexcept {
  std::swap(model_, other.model_);
  std::swap(values_, other.values_);
  return *this;
}

Template::~Template() {
  wipe(values_.data(), values_.size() * sizeof(float));
}

Score compare(const Template& probe, const Template& reference) {
  if (probe.model() != reference.model()) {
    throw Error(Errc::model_mismatch, "the probe is of model " + index::describe(probe.model()) +
                                          ", the reference of " +
                                          index::describe(reference.model()));
  }
  return index::exact_score(kernels::chosen(), probe.values(), reference.values());
}

}  // namespace morgiana
