#pragma once

#include <string>

namespace morgiana::cli {

/// Writes all of it to standard output. Errors: storage_failed.
void print(const std::string& text);

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
