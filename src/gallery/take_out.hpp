#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gallery/change.hpp"
#include "morgiana/subject_id.hpp"

namespace morgiana {

/// The rows of these subjects, each once, as of the last commit. Errors: unknown_subject, which
/// says that what `undone` names was not done.
std::vector<store::SubjectRow> find_rows(const Parts& parts, const store::Snapshot& snapshot,
                                         std::span<const SubjectId> subjects,
                                         std::string_view undone);

/// Takes subjects with all their references out of the gallery, and overwrites their keys. Damaged
/// records do not keep anybody in, and cost that everybody else's are read.
/// Errors: not_authentic where those of others are damaged as well.
void take_out(Change& change, const store::Snapshot& snapshot,
              std::span<const store::SubjectRow> rows);

}  // namespace morgiana
