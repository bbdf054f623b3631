#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace morgiana::index {

/// Zeroed memory straight from the system, in huge pages where it is large and the system gives
/// them; handed back, not kept, when it goes, so that nothing stays readable in the process.
class Pages {
 public:
  static constexpr std::size_t kHugeBytes = std::size_t{2} << 20;

  /// Errors: std::bad_alloc.
  explicit Pages(std::size_t num_bytes);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();

  std::uint8_t* data() const noexcept { return data_; }

 private:
  void* mapping_;
  std::size_t mapped_bytes_;
  std::uint8_t* data_;
};

}  // namespace morgiana::index
