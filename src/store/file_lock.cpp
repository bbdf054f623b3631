#include "store/file_lock.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "morgiana/error.hpp"

namespace morgiana::store {

FileLock::FileLock(const std::string& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)), owner_(::getpid()) {
  if (!file_.valid()) fail_with_errno("opening lock file", path);
  struct flock whole_file = {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  if (::fcntl(file_.get(), F_OFD_SETLK, &whole_file) == 0) return;
  if (errno == EAGAIN || errno == EACCES) {
    throw Error(Errc::locked,
                "another process, or another handle of this one, has the gallery "
                "open; it holds " +
                    path);
  }
  fail_with_errno("locking", path);
}

FileLock::~FileLock() {
  if (!file_.valid() || owner_ != ::getpid()) return;
  struct flock whole_file = {};
  whole_file.l_type = F_UNLCK;
  whole_file.l_whence = SEEK_SET;
  // A process that was forked meanwhile has the descriptor as well, and would keep the lock.
  static_cast<void>(::fcntl(file_.get(), F_OFD_SETLK, &whole_file));
}

}  // namespace morgiana::store
