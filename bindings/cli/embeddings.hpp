#pragma once

#include <string>
#include <vector>

#include "morgiana/template.hpp"
#include "npy.hpp"

namespace morgiana::cli {

/// Templates of rows [first, first + count). Errors: those of Template, naming file and row.
std::vector<Template> templates(const std::string& path, const Matrix& matrix, const ModelId& model,
                                std::size_t first, std::size_t count);

}  // namespace morgiana::cli
