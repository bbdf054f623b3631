#pragma once

#include "gallery/parts.hpp"
#include "morgiana/template.hpp"

namespace morgiana {

/// Errors: model_mismatch where the template is not of the gallery's model.
void check_model(const Parts& parts, const Template& given);
/// Of one that may be null.
void check_model(const Parts& parts, const Calibration* given);

}  // namespace morgiana
