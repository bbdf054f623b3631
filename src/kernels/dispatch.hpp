#pragma once

#include <string_view>
#include <vector>

#include "kernels/kernel_table.hpp"

namespace morgiana::kernels {

/// The tiers that this machine and its operating system can run, best first; scalar is the last.
std::vector<const KernelTable*> available();

/// Errors: unknown_tier (the message lists the names); unsupported_tier (what is available here).
const KernelTable& named(std::string_view tier);

/// The tier in use: the best, or the one that the environment variable MORGIANA_TIER names.
/// Chosen at the first call that succeeds. Errors: as `named`.
const KernelTable& chosen();

}  // namespace morgiana::kernels
