#include "gallery/enrolled.hpp"

#include "morgiana/error.hpp"
#include "types/reference_key.hpp"

namespace morgiana {

std::optional<Enrolled> find_enrolled(const Parts& parts, const index::CodeView& view,
                                      const store::Snapshot& snapshot, const SubjectId& id) {
  const auto row = snapshot.subject(id.str());
  if (!row) return std::nullopt;
  parts.vault.check_row(*row);
  if (row->id != id.str()) {
    throw Error(Errc::not_authentic, "the records name subject '" + row->id + "' by the id '" +
                                         id.str() + "'; something else than Morgiana changed them");
  }
  const index::Extent extent =
      view.extent(reference_key(row->subject_key, 0),
                  reference_key(row->subject_key, kMaxReferenceNumber), Cohorts{}.bits);
  if (extent.num_references == 0) return std::nullopt;
  return Enrolled{row->subject_key, extent.num_references};
}

}  // namespace morgiana
