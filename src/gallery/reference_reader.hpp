#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gallery/plaintext.hpp"
#include "gallery/vault.hpp"
#include "store/database.hpp"

namespace morgiana {

/// Opens sealed references one by one, out of one committed state. The plaintext lives in one
/// buffer, wiped at the end. Ask in ascending order: a subject's key is unwrapped once for its run.
class ReferenceReader {
 public:
  ReferenceReader(const store::Snapshot& snapshot, const Vault& vault);

  /// The vector, valid until the next call; empty where the subject or the reference is gone.
  /// Errors: not_authentic.
  std::span<const float> read(std::uint64_t reference);

  /// Goes to a subject; false where it is gone. Errors: not_authentic.
  bool load_subject(std::uint64_t subject_key);

  /// The authenticated row of the subject gone to last, by either.
  const store::SubjectRow& subject() const { return subject_->row; }

 private:
  struct Subject {
    store::SubjectRow row;
    seal::SecretKey key;
  };

  const store::Snapshot& snapshot_;
  const Vault& vault_;
  Vault::Opener opener_;
  std::optional<Subject> subject_;
  Bytes sealed_;
  Plaintext values_;
};

}  // namespace morgiana
