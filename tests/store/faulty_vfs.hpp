#pragma once

#include <memory>

namespace morgiana::test {

/// SQLite's default file system until it is destroyed: the one that was default before, with
/// failures on demand. Databases opened before it was made, or after it is gone, are not affected.
/// Databases that it opened must be closed before it is destroyed.
/// Threads: any.
class FaultyVfs {
 public:
  enum class Operation {
    write,  // writing, truncating, growing the shared memory
    sync,
  };

  FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();

  /// Operation number `first` from now, counted from 1, and all later ones of its kind fail with
  /// this SQLite code. The first write to fail is torn: half of its bytes reach the file.
  void fail_from(Operation operation, int first, int sqlite_code);

  /// Only operation number `which` fails.
  void fail_once(Operation operation, int which, int sqlite_code);

  /// Whether anything failed since.
  bool has_failed() const;

  /// Everything works again.
  void heal();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace morgiana::test
