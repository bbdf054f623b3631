#pragma once

#include <string>
#include <vector>

#include "morgiana/subject_id.hpp"

namespace morgiana::cli {

/// The ids of a text file, one a line. Errors: not_found; invalid_argument, naming the line.
std::vector<SubjectId> read_ids(const std::string& path);

}  // namespace morgiana::cli
