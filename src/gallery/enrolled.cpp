#include "gallery/enrolled.hpp"

#include <utility>

#include "gallery/follow.hpp"
#include "morgiana/error.hpp"
#include "types/reference_key.hpp"

namespace morgiana {

std::uint64_t num_references(const index::CodeView& view, std::uint64_t subject_key) {
  return view
      .extent(reference_key(subject_key, 0), reference_key(subject_key, kMaxReferenceNumber),
              Cohorts{}.bits)
      .num_references;
}

std::optional<Enrolled> find_enrolled(const Parts& parts, const index::CodeView& view,
                                      const store::Snapshot& snapshot, const SubjectId& id) {
  const auto row = snapshot.subject(id.str());
  if (!row) return std::nullopt;
  parts.vault.check_row(*row);
  if (row->id != id.str()) {
    throw Error(Errc::not_authentic, "the records name subject '" + row->id + "' by the id '" +
                                         id.str() + "'; something else than Morgiana changed them");
  }
  const std::uint64_t count = num_references(view, row->subject_key);
  if (count == 0) return std::nullopt;
  return Enrolled{row->subject_key, row->slot, count, row->cohorts, row->enrolled_at_s};
}

FoundEnrolled find_newest(Parts& parts, const SubjectId& id) {
  State state{parts.index.view(), parts.database.snapshot()};
  auto subject = find_enrolled(parts, *state.view, state.records, id);
  if (subject || !state.records.subject(id.str())) return {std::move(state), subject};
  // Updated or enrolled since the view was taken, or brought back behind Morgiana's back.
  State newest = newest_state(parts);
  subject = find_enrolled(parts, *newest.view, newest.records, id);
  return {std::move(newest), subject};
}

std::vector<SubjectId> subjects(Parts& parts, std::size_t limit, const std::string& after) {
  const State state = newest_state(parts);
  std::vector<SubjectId> ids;
  for (const std::string& id : state.records.subject_ids(after, limit)) {
    ids.emplace_back(id);
    if (!find_enrolled(parts, *state.view, state.records, ids.back())) {
      throw Error(Errc::not_authentic, "the records name '" + id +
                                           "', whom nobody enrolled; something else than Morgiana "
                                           "changed the database");
    }
  }
  return ids;
}

}  // namespace morgiana
