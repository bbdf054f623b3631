#include "gallery/descent.hpp"

namespace morgiana {

std::optional<std::string> breach_of_descent(const Vault& vault, const store::Snapshot& snapshot,
                                             CommitHead known, const CommitHead& newest) {
  if (newest.sequence < known.sequence) {
    return "was brought back to an older state: commit " + std::to_string(newest.sequence) +
           " is its newest, commit " + std::to_string(known.sequence) + " was made";
  }
  while (known.sequence < newest.sequence) {
    const CommitHead next = vault.decode(snapshot.head(known.sequence + 1));
    if (next.sequence != known.sequence + 1 || next.previous != seal::sha256(vault.encode(known))) {
      return "does not continue from commit " + std::to_string(known.sequence) +
             ", which was made before";
    }
    known = next;
  }
  if (vault.encode(known) != vault.encode(newest)) {
    return "has two states of commit " + std::to_string(newest.sequence);
  }
  return std::nullopt;
}

}  // namespace morgiana
