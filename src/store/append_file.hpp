#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/descriptor.hpp"

namespace morgiana::store {

/// A file that only grows. Threads: one. Errors of every member: storage_full; storage_failed.
class AppendFile {
 public:
  /// An empty one, private to its owner. Errors: already_exists.
  static void create(const std::string& path);
  /// Errors: not_found.
  explicit AppendFile(const std::string& path);

  std::uint64_t num_bytes() const noexcept { return num_bytes_; }

  /// Durable when it returns. What fails leaves nothing of it or, where the disk does not say
  /// whether it has, an error of every later call: the file is to be opened anew.
  void append(std::string_view text);
  /// Takes away what lies behind the first bytes, durably.
  void cut(std::uint64_t num_bytes);

 private:
  void refuse_if_in_doubt() const;
  void write(std::string_view text);

  std::string path_;
  Descriptor file_;
  std::uint64_t num_bytes_;
  bool is_in_doubt_ = false;
};

}  // namespace morgiana::store
