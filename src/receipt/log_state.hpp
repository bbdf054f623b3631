#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "seal/mac.hpp"
#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

namespace morgiana::receipt {

/// Where a log ends, and what it is up to there, as it is known beside it.
struct LogState {
  std::string log;
  std::uint64_t num_receipts = 0;
  std::uint64_t num_unsealed = 0;  // behind the last checkpoint
  std::uint64_t num_bytes = 0;
  std::string last_digest = {};  // of its last line, in hex
  seal::Digest all_lines = {};   // of the digests of all its lines, one after the other
  bool operator==(const LogState&) const = default;

  /// The same with another line.
  void take(std::string_view line);

  /// Authentic under the key.
  Bytes encode(const seal::SecretKey& key) const;
  /// Errors: not_authentic.
  static LogState decode(const seal::SecretKey& key, ByteView record);
};

}  // namespace morgiana::receipt
