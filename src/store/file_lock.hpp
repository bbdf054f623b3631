#pragma once

#include <string>

#include <sys/types.h>

#include "store/descriptor.hpp"

namespace morgiana::store {

/// What of a gallery, or beside it, a lock is for: a byte of the lock file. That of an anchor is
/// held for moments, and waited for.
enum class LockFor { writing = 0, changing_keys = 1, anchor = 2, receipts = 3 };

/// An exclusive lock on a lock file, held until destruction. An open-file-description lock: it
/// excludes other processes and other handles of this one. A forked process shares it, and does not
/// give it up.
class FileLock {
 public:
  /// Creates the lock file where it is absent. Errors: locked; storage_failed.
  explicit FileLock(const std::string& path, LockFor what = LockFor::writing);
  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  Descriptor file_;
  pid_t owner_;
  LockFor what_;
};

}  // namespace morgiana::store
