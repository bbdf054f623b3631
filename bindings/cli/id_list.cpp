#include "id_list.hpp"

#include <fstream>
#include <string_view>

namespace morgiana::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Editors of other systems begin a file with a mark and end a line with a carriage return.
std::string_view bare(std::string_view line, bool is_first) {
  if (is_first && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::vector<SubjectId> read_ids(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Error(Errc::not_found, "ids file " + path + " cannot be read");
  std::vector<SubjectId> ids;
  for (std::string line; std::getline(in, line);) {
    try {
      ids.emplace_back(bare(line, ids.empty()));
    } catch (const Error& error) {
      throw Error(error.code(),
                  path + " line " + std::to_string(ids.size() + 1) + ": " + error.what());
    }
  }
  if (in.bad()) throw Error(Errc::storage_failed, "reading ids file " + path + " failed");
  return ids;
}

}  // namespace morgiana::cli
