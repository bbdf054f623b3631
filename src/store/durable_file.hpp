#pragma once

#include <cstdint>
#include <string>

#include "types/bytes.hpp"

namespace morgiana::store {

/// Creates a file of mode 0600 with these bytes, complete and durable (with its directory entry)
/// when it returns, absent otherwise. Nothing is overwritten.
/// Errors: already_exists; storage_full; storage_failed.
void create_file(const std::string& path, ByteView bytes);

/// Appends entries of one size to a file, which is made where there is none; durable when it
/// returns. What an append that was cut off left of an entry is cut off before.
/// Errors: storage_full; storage_failed; some of the entries may be there then.
void append_entries(const std::string& path, ByteView entries, std::size_t entry_bytes);

/// Reads a small file whole. Errors: not_found; storage_failed (also: larger than the limit).
Bytes read_file(const std::string& path, std::size_t max_bytes);

/// Whether anything has this name. Errors: storage_failed where that cannot be known.
bool exists(const std::string& path);

/// Errors: not_found; storage_failed.
std::uint64_t size_of(const std::string& path);

/// Tells one file from another of the same name, as long as it is open.
struct FileIdentity {
  std::uint64_t device;
  std::uint64_t inode;
  bool operator==(const FileIdentity&) const = default;
};
/// Errors: not_found; storage_failed.
FileIdentity identity_of(const std::string& path);

/// Removes a file where there is one. Errors: storage_failed.
void remove_file(const std::string& path);

/// Gives a file another name, durably. Errors: not_found; storage_full; storage_failed.
void rename_file(const std::string& from, const std::string& to);

enum class Old { leave, overwrite };

/// Puts a file of these bytes in the place of another, durably; at any instant, and after a crash,
/// one of the two is there whole, of the same owner. Whether what was there was overwritten with
/// zeros, as asked: not where it has another name as well, where that failed, or where the name was
/// free. Errors: storage_full; storage_failed; the old file is there then, unless the folder cannot
/// be synced.
bool replace_file(const std::string& path, ByteView bytes, Old old);

/// Whether group or others have any permission on the file. Errors: not_found; storage_failed.
bool is_exposed(const std::string& path);

/// Makes the entries of the directory that holds `path` durable. Errors: storage_failed.
void sync_directory_of(const std::string& path);

}  // namespace morgiana::store
