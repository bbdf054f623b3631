#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "morgiana/export.hpp"
#include "morgiana/policy.hpp"

namespace morgiana {

/// A policy as a JSON file states it; docs/policy.md has the format. What is not understood is
/// refused: a policy that was read in part would let in whom the rest keeps out.
struct MORGIANA_API PolicyFile {
  static constexpr std::size_t kMaxBytes = 65'536;

  std::string name;       // the policy's own
  std::uint32_t version;  // of the policy, which whoever writes it counts
  Policy policy;          // valid
  /// SHA-256 of all that is above, in hexadecimal digits: the same for files that mean the same,
  /// however they are written.
  std::string digest;

  /// Errors: bad_policy and unsupported_format (of a newer version), which name `file`, the line
  /// and the field.
  static PolicyFile parse(std::string_view json, const std::string& file);
  /// Errors: not_found; storage_failed; otherwise as parse.
  static PolicyFile load(const std::string& path);
};

}  // namespace morgiana
