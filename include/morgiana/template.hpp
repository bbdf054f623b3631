#pragma once

#include <span>
#include <vector>

#include "morgiana/export.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// One biometric vector of one model, unit norm, wiped when it is destroyed.
/// Shape:  embedding [model.dim], any positive scale.
/// Units:  none; normalised in double, in fixed lanes. A vector whose squared norm is within
///         2^-20 of 1 is kept bit for bit, so normalising twice changes nothing.
/// Errors: dim_mismatch; not_finite; zero_norm; invalid_argument (model).
class MORGIANA_API Template {
 public:
  Template(ModelId model, std::span<const float> embedding);
  Template(const Template&);
  Template(Template&&) noexcept;
  Template& operator=(const Template&);
  Template& operator=(Template&&) noexcept;
  ~Template();

  const ModelId& model() const noexcept { return model_; }
  std::span<const float> values() const noexcept { return values_; }

 private:
  ModelId model_;
  std::vector<float> values_;
};

/// The score of two templates: the same bits on every instruction tier (docs/numerics.md#score).
/// Errors: model_mismatch.
MORGIANA_API Score compare(const Template& probe, const Template& reference);

}  // namespace morgiana
