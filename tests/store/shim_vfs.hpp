#pragma once

#include <memory>

#include <sqlite3.h>

namespace morgiana::test {

/// SQLite's default file system until it is destroyed: the one that was default before, whose
/// operations that change files go through a watch. Databases opened before it was made, or after
/// it is gone, are not affected; those that it opened must be closed before it is destroyed.
/// Threads: any; the watch is called from all of them.
class ShimVfs {
 public:
  /// Each does the operation, or not, and returns SQLite's code. By default it does.
  class Watch {
   public:
    virtual ~Watch() = default;
    virtual int write(const char* path, sqlite3_file& real, const void* bytes, int num_bytes,
                      sqlite3_int64 offset);
    virtual int truncate(const char* path, sqlite3_file& real, sqlite3_int64 size);
    virtual int sync(const char* path, sqlite3_file& real, int flags);
    virtual int extend_shared_memory(const char* path);
    virtual void removed(const char* path);
  };

  ShimVfs(const char* name, Watch& watch);
  ShimVfs(const ShimVfs&) = delete;
  ShimVfs& operator=(const ShimVfs&) = delete;
  ~ShimVfs();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace morgiana::test
