#include "gallery/subject_entry.hpp"

#include "morgiana/error.hpp"
#include "seal/aead.hpp"

namespace morgiana {

seal::Transcript row_transcript(const store::SubjectRow& row) {
  seal::Transcript transcript("morgiana/subject-row");
  transcript.add(row.subject_key)
      .add(row.id)
      .add(row.generation)
      .add(row.cohorts)
      .add(static_cast<std::uint64_t>(row.enrolled_at_s))
      .add(row.slot);
  return transcript;
}

void check_tag(const store::SubjectRow& row, const seal::Digest& tag) {
  if (!seal::equal(tag, row.tag)) {
    throw Error(Errc::not_authentic, "the row of subject number " +
                                         std::to_string(row.subject_key) +
                                         " was changed outside Morgiana");
  }
}

SubjectEntry::SubjectEntry(const store::SubjectRow& row) : transcript_("morgiana/subject-entry") {
  transcript_.add(row.subject_key).add(ByteView(row.tag));
}

void SubjectEntry::add_reference(std::uint32_t number, ByteView sealed) {
  if (sealed.size() < seal::kOverheadBytes) {
    throw Error(Errc::not_authentic, "a sealed reference is cut short");
  }
  transcript_.add(std::uint64_t{number})
      .add(sealed.first(seal::kNonceBytes))
      .add(sealed.last(seal::kTagBytes));
}

}  // namespace morgiana
