#include "gallery/subject_entry.hpp"

#include "morgiana/error.hpp"
#include "seal/aead.hpp"

namespace morgiana {

seal::Digest row_tag(const seal::SecretKey& row_key, const store::SubjectRow& row) {
  seal::Transcript transcript("morgiana/subject-row");
  transcript.add(row.subject_key)
      .add(row.id)
      .add(row.generation)
      .add(row.cohorts)
      .add(static_cast<std::uint64_t>(row.enrolled_at_s))
      .add(row.slot);
  return seal::hmac_sha256(row_key, transcript.view());
}

void check_row(const seal::SecretKey& row_key, const store::SubjectRow& row) {
  if (!seal::equal(row_tag(row_key, row), row.tag)) {
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

seal::Digest SubjectEntry::digest(const seal::SecretKey& entry_key) const {
  return seal::hmac_sha256(entry_key, transcript_.view());
}

}  // namespace morgiana
