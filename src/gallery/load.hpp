#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gallery/encoder.hpp"
#include "gallery/id_product.hpp"
#include "gallery/parts.hpp"
#include "gallery/plaintext.hpp"
#include "morgiana/execution.hpp"
#include "parallel/deadline.hpp"

namespace morgiana {

/// A subject that was read: what its records say beside its references.
struct Loaded {
  std::uint64_t subject_key;
  std::uint64_t slot;
  seal::Digest entry;
};

/// Reads subjects into an index, and adds up what the head must say of them. One thread.
class Loader {
 public:
  /// Multiplies up the ids with these secrets or, without any, looks each of them up.
  Loader(const Parts& parts, const store::Snapshot& snapshot, index::Draft draft,
         const IdProduct::Secrets* secrets);

  /// Decrypts and encodes all references of the subjects in a range.
  /// Errors: not_authentic; deadline_exceeded.
  void read(std::uint64_t first_key, std::uint64_t last_key, const parallel::Deadline& deadline);

  index::Draft draft;
  std::vector<Loaded> subjects;
  std::uint64_t num_references = 0;
  std::optional<IdProduct> ids;

 private:
  /// The subject whose references come next.
  struct Current {
    std::uint64_t subject_key;
    std::uint64_t slot;
    std::uint64_t cohorts;
    seal::SecretKey key;
    SubjectEntry entry;
  };
  void begin(const store::SubjectRow& row);
  void add(std::uint64_t reference, ByteView sealed);
  void finish();

  const Parts& parts_;
  const store::Snapshot& snapshot_;
  std::optional<Current> current_;
  Vault::Opener opener_;
  Vault::Macs macs_;
  Encoder encoder_;
  index::Code code_;
  Plaintext values_;
};

/// Reads everything that is alive, in parallel, and publishes it. Sets slots and head.
/// Errors: not_authentic where rows were dropped, added, exchanged or brought back;
/// deadline_exceeded; executor_failed.
void load(Parts& parts, const Execution& execution);

/// Holds what was read against the newest head. Errors: not_authentic.
void check_state(const Parts& parts, const CommitHead& head, const CommitHead& found);

/// The newest head of a state, which is of the keys and the format of this handle.
/// Errors: not_authentic; unsupported_format.
CommitHead read_head(const Parts& parts, const store::Snapshot& snapshot);

}  // namespace morgiana
