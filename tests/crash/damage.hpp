#pragma once

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace morgiana::test {

/// What the files of a gallery hold, by their ending behind its path.
using Files = std::map<std::string, std::string>;

/// Database, log and keyset, as far as they are there.
Files read_files(const std::string& path);

/// Writes them, and takes away what else belonged to a gallery of that path.
void write_files(const std::string& path, const Files& files);

/// How many transactions lie whole in so much of SQLite's log.
std::size_t num_commits(std::string_view log);

/// What can be put in place of parts of a gallery's files.
struct Donors {
  std::vector<Files> of_others;  // galleries of the same key file
  std::vector<Files> older;      // copies of the same gallery
};

/// One change of one file that its gallery did not make.
struct Damage {
  enum class Kind { flip, truncate, swap, splice_other, splice_older, exchange };
  static constexpr std::size_t kNumKinds = 6;

  static std::string_view name(Kind kind);
  /// File, kind and offset, in words.
  std::string words() const;

  Kind kind;
  std::string file;
  std::size_t offset;
  std::string detail = {};
};

/// Damages one of the files, so that it differs from what it was.
Damage damage(Files& files, const Donors& donors, std::mt19937_64& random);

}  // namespace morgiana::test
