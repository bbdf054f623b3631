#include "store/file_lock.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "morgiana/error.hpp"

namespace morgiana::store {

namespace {

struct flock byte_of(LockFor what, short type) {
  struct flock byte = {};
  byte.l_type = type;
  byte.l_whence = SEEK_SET;
  byte.l_start = static_cast<off_t>(what);
  byte.l_len = 1;
  return byte;
}

/// Takes a lock, or gives up: at once, unless it is held for moments alone.
bool take(const Descriptor& file, LockFor what) {
  constexpr int kMostWaits = 2000;  // of a millisecond each
  struct flock byte = byte_of(what, F_WRLCK);
  for (int waits = 0;; ++waits) {
    if (::fcntl(file.get(), F_OFD_SETLK, &byte) == 0) return true;
    const bool is_held = errno == EAGAIN || errno == EACCES;
    if (!is_held || what != LockFor::anchor || waits == kMostWaits) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string words(LockFor what, const std::string& path) {
  if (what == LockFor::anchor) return "another process holds " + path + " for too long";
  if (what == LockFor::receipts) {
    return "another process, or another handle of this one, writes the log and holds " + path;
  }
  return what == LockFor::writing
             ? "another process, or another handle of this one, has the gallery open and holds " +
                   path + ": follow the gallery beside it, or close it there"
             : "the keys of the gallery are being changed by another call, which holds " + path +
                   ": try again when it has ended";
}

[[noreturn]] void fail_to_open(const std::string& path) {
  const int number = errno;
  if (number != EACCES && number != EPERM) fail_with_errno("opening lock file", path);
  throw Error(Errc::storage_failed,
              "opening lock file " + path + ": " + std::strerror(number) +
                  "; the user of this process (uid " + std::to_string(::geteuid()) +
                  ") needs to write it or, where it is not there yet, to its folder");
}

}  // namespace

FileLock::FileLock(const std::string& path, LockFor what)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)),
      owner_(::getpid()),
      what_(what) {
  if (!file_.valid()) fail_to_open(path);
  if (take(file_, what)) return;
  if (errno == EAGAIN || errno == EACCES) throw Error(Errc::locked, words(what, path));
  fail_with_errno("locking", path);
}

FileLock::~FileLock() {
  if (!file_.valid() || owner_ != ::getpid()) return;
  struct flock byte = byte_of(what_, F_UNLCK);
  // A process that was forked meanwhile has the descriptor as well, and would keep the lock.
  static_cast<void>(::fcntl(file_.get(), F_OFD_SETLK, &byte));
}

}  // namespace morgiana::store
