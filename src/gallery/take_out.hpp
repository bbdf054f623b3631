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

/// Takes a subject with all its references out of the gallery, and overwrites its key.
void take_out(Change& change, const store::Snapshot& snapshot, const store::SubjectRow& row);

}  // namespace morgiana
