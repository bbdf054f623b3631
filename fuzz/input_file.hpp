#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "input.hpp"

namespace morgiana::fuzz {

/// A file of mode 0600 in memory, for what reads a file by its path; it leaves nothing behind.
class InputFile {
 public:
  InputFile() : file_(::memfd_create("input", MFD_CLOEXEC)) {
    require(file_ >= 0 && ::fchmod(file_, 0600) == 0, "a file in memory can be made");
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::close(file_); }

  void write(ByteView bytes) {
    const auto size = static_cast<ssize_t>(bytes.size());
    require(::ftruncate(file_, 0) == 0 && ::pwrite(file_, bytes.data(), bytes.size(), 0) == size,
            "a file in memory can be written");
  }

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace morgiana::fuzz
