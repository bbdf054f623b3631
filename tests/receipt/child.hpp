#pragma once

#include <functional>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace morgiana::test {

/// A process that forks off before this one opens any database, and works until it is killed or
/// done. It says something by bytes on a pipe.
class Child {
 public:
  using Say = std::function<void(const void* bytes, std::size_t num_bytes)>;

  /// `work` says in the child how it ends: an exit status.
  explicit Child(const std::function<int(const Say&)>& work) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      const auto say = [&](const void* bytes, std::size_t num_bytes) {
        if (::write(ends[1], bytes, num_bytes) != static_cast<ssize_t>(num_bytes)) ::_exit(90);
      };
      try {
        ::_exit(work(say));
      } catch (...) {
        ::_exit(91);
      }
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::close(from_);
    if (pid_ > 0) kill();
  }

  /// False where it ended before it said so much.
  bool hear(void* bytes, std::size_t num_bytes) const {
    auto* at = static_cast<char*>(bytes);
    while (num_bytes > 0) {
      const ssize_t got = ::read(from_, at, num_bytes);
      if (got <= 0) return false;
      at += got;
      num_bytes -= static_cast<std::size_t>(got);
    }
    return true;
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }

  /// Its exit status, -1 where it was killed.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int from_ = -1;
};

}  // namespace morgiana::test
