#pragma once

#include <string>

#include <sys/types.h>

#include "store/descriptor.hpp"

namespace morgiana::store {

/// An exclusive lock on a lock file, held until destruction. An open-file-description lock: it
/// excludes other processes and other handles of this one. A forked process shares it, and does not
/// give it up.
class FileLock {
 public:
  /// Creates the lock file where it is absent. Errors: locked; storage_failed.
  explicit FileLock(const std::string& path);
  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  Descriptor file_;
  pid_t owner_;
};

}  // namespace morgiana::store
