#pragma once

#include <string>

#include "morgiana/types.hpp"

namespace morgiana::index {

/// Errors: invalid_argument where the name or the dimension is outside what ModelId allows.
void validate(const ModelId& model);

/// "name (128-D)", for messages.
std::string describe(const ModelId& model);

}  // namespace morgiana::index
