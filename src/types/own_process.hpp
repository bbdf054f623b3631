#pragma once

#include <sys/types.h>
#include <unistd.h>

namespace morgiana {

/// Tells the process that made it from one that was forked off since.
class OwnProcess {
 public:
  bool is_forked() const noexcept { return ::getpid() != owner_; }

 private:
  pid_t owner_ = ::getpid();
};

}  // namespace morgiana
