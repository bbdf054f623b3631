#pragma once

#include <cstdint>
#include <string>

#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

namespace morgiana::receipt {

/// Where a log ends, as it is known beside it.
struct LogState {
  std::string log;
  std::uint64_t num_receipts = 0;
  std::uint64_t num_bytes = 0;
  std::string last_digest;  // of its last line, in hex
  bool operator==(const LogState&) const = default;

  /// Authentic under the key.
  Bytes encode(const seal::SecretKey& key) const;
  /// Errors: not_authentic.
  static LogState decode(const seal::SecretKey& key, ByteView record);
};

}  // namespace morgiana::receipt
