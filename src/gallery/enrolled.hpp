#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gallery/parts.hpp"
#include "morgiana/subject_id.hpp"

namespace morgiana {

/// A subject that searches of a view find.
struct Enrolled {
  std::uint64_t subject_key;
  std::uint64_t slot;  // of its wrapped key
  std::uint64_t num_references;
  std::uint64_t cohorts;
  std::int64_t enrolled_at_s;
};

/// How many references of a subject a view has; none of who is not enrolled in it.
std::uint64_t num_references(const index::CodeView& view, std::uint64_t subject_key);

/// Looks an id up in the records and holds it against the view, which alone says who is enrolled: a
/// row that was brought back behind Morgiana's back is nobody. Take the view before the snapshot.
/// Errors: not_authentic where the records name another subject by this id.
std::optional<Enrolled> find_enrolled(const Parts& parts, const index::CodeView& view,
                                      const store::Snapshot& snapshot, const SubjectId& id);

/// The same by the newest commit, with the state that says so. Where the records are ahead of the
/// view, it waits for the writer that publishes.
struct FoundEnrolled {
  State state;
  std::optional<Enrolled> subject;
};
FoundEnrolled find_newest(Parts& parts, const SubjectId& id);

/// A page of who is enrolled. Errors: as Gallery::subjects.
std::vector<SubjectId> subjects(Parts& parts, std::size_t limit, const std::string& after);

}  // namespace morgiana
