#pragma once

#include <string>

namespace morgiana::store {

/// What holds a file, as far as it matters here.
struct FileSystem {
  std::string name;  // as the system calls it, or its number
  bool is_network;   // locks and shared memory do not reach other machines
  /// Bytes that are written over are gone from the file system; not where it copies on write, keeps
  /// snapshots or a log, or lies over another one.
  bool overwrites_in_place;
};

/// Of an existing file or folder. Errors: not_found; storage_failed.
FileSystem file_system_of(const std::string& path);

/// Errors: storage_failed where a file's folder is on a network.
void refuse_network(const std::string& path);

}  // namespace morgiana::store
