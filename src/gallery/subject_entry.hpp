#pragma once

#include <cstdint>

#include "seal/mac.hpp"
#include "seal/transcript.hpp"
#include "store/records.hpp"
#include "types/bytes.hpp"

namespace morgiana {

/// Authenticates the plain columns of a subject row: a row that was edited, or carries another
/// subject's id, is found where it is read.
seal::Digest row_tag(const seal::SecretKey& row_key, const store::SubjectRow& row);

/// Errors: not_authentic.
void check_row(const seal::SecretKey& row_key, const store::SubjectRow& row);

/// What one living subject adds to the StateSum: its row and every sealed reference, each named
/// by nonce and tag, which only the holder of the subject's key can make anew.
class SubjectEntry {
 public:
  explicit SubjectEntry(const store::SubjectRow& row);
  void add_reference(std::uint32_t number, ByteView sealed);
  seal::Digest digest(const seal::SecretKey& entry_key) const;

 private:
  seal::Transcript transcript_;
};

}  // namespace morgiana
