#pragma once

#include <string>
#include <utility>

namespace morgiana::store {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  bool valid() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// Throws what errno means: not_found, already_exists, storage_full, else storage_failed.
[[noreturn]] void fail_with_errno(const char* doing, const std::string& path);

}  // namespace morgiana::store
