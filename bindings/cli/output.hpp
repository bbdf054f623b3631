#pragma once

#include <cstdint>
#include <string>

#include "morgiana/gallery.hpp"

namespace morgiana::cli {

/// Writes all of it to standard output. Errors: storage_failed.
void print(const std::string& text);

/// "1 subject", "2 subjects".
std::string counted(std::uint64_t count, const std::string& noun);

/// "erased", or when they will be.
std::string described(Erasure erasure);

/// What is said of the file that held keys which are destroyed.
std::string fate_of_keyset(bool is_overwritten);

/// One line on standard error while work goes on, where that is a terminal; gone afterwards.
class Progress {
 public:
  explicit Progress(const std::string& what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void show(const std::string& what) const;

 private:
  bool is_terminal_;
};

}  // namespace morgiana::cli
