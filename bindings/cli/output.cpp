#include "output.hpp"

#include <unistd.h>

#include <iostream>

#include "morgiana/error.hpp"

namespace morgiana::cli {

void print(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) throw Error(Errc::storage_failed, "standard output cannot be written");
}

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string described(Erasure erasure) {
  return erasure == Erasure::done ? "erased" : "erased when the last reader is done";
}

std::string fate_of_keyset(bool is_overwritten) {
  return is_overwritten
             ? "the old keyset overwritten"
             : "the old keyset perhaps not overwritten: it may be left under another name, a hard "
               "link, or in free blocks of the disk. Delete such links; where somebody may find "
               "it, run morgiana change-key and destroy the old key, without which it opens "
               "nothing";
}

Progress::Progress(const std::string& what) : is_terminal_(isatty(STDERR_FILENO) == 1) {
  show(what);
}

Progress::~Progress() {
  if (is_terminal_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::show(const std::string& what) const {
  if (is_terminal_) std::cerr << "\r\x1b[K" << what << " ..." << std::flush;
}

}  // namespace morgiana::cli
