#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "store/shim_vfs.hpp"

namespace morgiana::test {

/// Everything that was done to the files of a gallery, in order, so that what a crash at any moment
/// may have left of them can be made afterwards. Files are named by their ending behind `path`. The
/// keyset is replaced as a whole and beside SQLite, so each step looks whether it was.
class CrashLog : public ShimVfs::Watch {
 public:
  explicit CrashLog(std::string path) : path_(std::move(path)) {}

  /// What lies there now is on disk, and the log begins.
  void start();

  /// The number of steps logged so far. A crash after step n leaves what the first n did.
  std::size_t num_steps();

  /// Writes files as a crash after so many steps may leave them: all that was synced, and of every
  /// later write of a file all, nothing, or a part.
  void crash(std::size_t num_steps, const std::string& to, std::mt19937_64& random) const;

 private:
  enum class Kind { write, truncate, sync, remove, replace };
  struct Step {
    Kind kind;
    std::string file;
    std::int64_t offset = 0;  // or the new size
    std::vector<char> bytes = {};
  };
  using Files = std::map<std::string, std::vector<char>>;

  int write(const char* path, sqlite3_file& real, const void* bytes, int num_bytes,
            sqlite3_int64 offset) override;
  int truncate(const char* path, sqlite3_file& real, sqlite3_int64 size) override;
  int sync(const char* path, sqlite3_file& real, int flags) override;
  void removed(const char* path) override;

  void log(const char* path, Step step);
  void note_keyset();
  static void apply(Files& files, const Step& step, std::size_t num_bytes);

  std::string path_;
  mutable std::mutex mutex_;
  Files first_;
  std::vector<Step> steps_;
  std::vector<char> keyset_;  // as it was last seen
};

}  // namespace morgiana::test
