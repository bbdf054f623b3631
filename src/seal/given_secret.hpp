#pragma once

#include <string_view>

#include <sys/types.h>

#include "seal/locked_memory.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// A passphrase or a PIN that the caller gave. A forked process finds zeros in its place, and must
/// not take them for it.
class GivenSecret {
 public:
  explicit GivenSecret(std::string_view secret);

  /// Errors: closed in a process that was forked since.
  ByteView bytes() const;

 private:
  LockedVector<std::uint8_t> bytes_;
  pid_t owner_;
};

}  // namespace morgiana::seal
