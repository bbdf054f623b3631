#pragma once

#include <string>

#include "store/descriptor.hpp"

namespace morgiana::store {

/// An exclusive lock on a lock file, held until destruction. An open-file-description lock: it
/// excludes other processes and other handles of this one, and survives fork.
class FileLock {
 public:
  /// Creates the lock file where it is absent. Errors: locked; storage_failed.
  explicit FileLock(const std::string& path);

 private:
  Descriptor file_;
};

}  // namespace morgiana::store
