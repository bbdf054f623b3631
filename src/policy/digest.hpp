#pragma once

#include <string>

#include "morgiana/policy_file.hpp"

namespace morgiana::policy {

/// Of name, version and policy: docs/policy.md#digest. Errors: crypto_failed.
std::string digest_of(const PolicyFile& file);

}  // namespace morgiana::policy
