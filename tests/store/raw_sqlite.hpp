#pragma once

#include <stdexcept>
#include <string>

#include <sqlite3.h>

namespace morgiana::test {

/// Runs SQL on a database file behind the library's back; returns the last value of the last row.
inline std::string run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  std::string value;
  const auto keep = [](void* out, int num_columns, char** columns, char**) {
    const char* last = columns[num_columns - 1];
    *static_cast<std::string*>(out) = last == nullptr ? "NULL" : last;
    return 0;
  };
  int code = sqlite3_open(path.c_str(), &handle);
  if (code == SQLITE_OK) code = sqlite3_exec(handle, sql.c_str(), keep, &value, nullptr);
  const std::string words = sqlite3_errmsg(handle);
  sqlite3_close(handle);
  if (code != SQLITE_OK) throw std::runtime_error(path + ": " + words);
  return value;
}

}  // namespace morgiana::test
