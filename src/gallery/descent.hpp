#pragma once

#include <optional>
#include <string>

#include "gallery/commit_head.hpp"
#include "gallery/vault.hpp"
#include "store/database.hpp"

namespace morgiana {

/// What is wrong where the newest head of a snapshot does not descend, commit by commit, from one
/// that is known; nothing where it does, or is the same. Errors: not_authentic (a head between).
std::optional<std::string> breach_of_descent(const Vault& vault, const store::Snapshot& snapshot,
                                             CommitHead known, const CommitHead& newest);

}  // namespace morgiana
