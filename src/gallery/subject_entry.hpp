#pragma once

#include <cstdint>

#include "seal/mac.hpp"
#include "seal/transcript.hpp"
#include "store/records.hpp"
#include "types/bytes.hpp"

namespace morgiana {

/// The plain columns of a subject row, which its tag authenticates: a row that was edited, or
/// carries another subject's id, is found where it is read.
seal::Transcript row_transcript(const store::SubjectRow& row);

/// Holds the tag that a row should have against the one it has. Errors: not_authentic.
void check_tag(const store::SubjectRow& row, const seal::Digest& tag);

/// What one living subject adds to the StateSum: its row and every sealed reference, each named
/// by nonce and tag, which only the holder of the subject's key can make anew.
class SubjectEntry {
 public:
  explicit SubjectEntry(const store::SubjectRow& row);
  void add_reference(std::uint32_t number, ByteView sealed);
  ByteView view() const noexcept { return transcript_.view(); }

 private:
  seal::Transcript transcript_;
};

}  // namespace morgiana
