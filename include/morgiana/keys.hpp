#pragma once

#include <string>

#include "morgiana/export.hpp"

namespace morgiana {

/// Where the key-encryption key of a gallery comes from. Holds a path, never key bytes.
class MORGIANA_API KeySource {
 public:
  /// A key file that only its owner can read (mode 0600). Read when a gallery is opened.
  static KeySource file(std::string path);

  /// Writes a new key file with 256 random bits, mode 0600, durable when it returns.
  /// Errors: already_exists (nothing is overwritten); not_found (the folder); storage_full;
  /// storage_failed.
  static KeySource create_file(std::string path);

  const std::string& path() const noexcept { return path_; }

 private:
  explicit KeySource(std::string path);
  std::string path_;
};

}  // namespace morgiana
