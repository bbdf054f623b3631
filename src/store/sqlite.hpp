#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "morgiana/error.hpp"
#include "types/bytes.hpp"

namespace morgiana::store {

/// An Error with SQLite's extended result code, for the few places that tell codes apart.
class SqliteError : public Error {
 public:
  SqliteError(Errc code, const std::string& message, int sqlite_code)
      : Error(code, message), sqlite_code_(sqlite_code) {}
  int sqlite_code() const noexcept { return sqlite_code_; }
  /// Whether what lies on disk may differ from what SQLite believes: reopen and recover.
  bool leaves_doubt() const noexcept;

 private:
  int sqlite_code_;
};

/// Counts the connections of this process. One that was forked while there were some is refused:
/// it has SQLite's memory of locks that it does not hold, and maybe of mutexes that nobody gives
/// back.
class ProcessGuard {
 public:
  ProcessGuard();  // Errors: closed
  ProcessGuard(const ProcessGuard&) = delete;
  ProcessGuard& operator=(const ProcessGuard&) = delete;
  ~ProcessGuard();
};

/// One SQLite connection with this project's settings.
class Connection {
 public:
  enum class Mode {
    read,  // of a process that also writes
    write,
    follow,  // of a process that never does, and may not have the permission
  };

  /// The file must exist. Errors: not_a_gallery; storage_failed.
  Connection(const std::string& path, Mode mode);

  sqlite3* get() const noexcept { return handle_.get(); }
  const std::string& path() const noexcept { return path_; }
  void run(const std::string& sql, std::string_view doing = "preparing") const;
  /// The first integer that a query answers, 0 where there is none.
  std::int64_t number(std::string_view sql) const;
  /// Writes to a log from now on, or already. Errors: storage_failed.
  void require_log() const;

  /// Throws the SqliteError that stands for SQLite's code: storage_full, locked, not_a_gallery,
  /// else storage_failed with SQLite's own words.
  [[noreturn]] void fail(int code, std::string_view doing) const;
  void require(int code, std::string_view doing) const;

 private:
  ProcessGuard guard_;
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement, used again and again. After the last row it is reset by itself.
class Statement {
 public:
  Statement(const Connection& connection, std::string_view sql);

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::uint64_t value);
  Statement& bind(int index, std::string_view text);  // must outlive the step
  Statement& bind(int index, ByteView bytes);         // must outlive the step

  /// True with a row; false at the end.
  bool step();
  void run();  // to its end
  void reset() noexcept;

  std::int64_t integer(int column) const;
  std::uint64_t bits(int column) const;
  bool is_text(int column) const;
  bool is_null(int column) const;
  std::string text(int column) const;
  ByteView blob(int column) const;  // valid until the next step or reset

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  const Connection& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Resets a statement on every way out, so that an idle one holds no lock.
class Rewind {
 public:
  explicit Rewind(Statement& statement) noexcept : statement_(statement) {}
  Rewind(const Rewind&) = delete;
  Rewind& operator=(const Rewind&) = delete;
  ~Rewind() { statement_.reset(); }

 private:
  Statement& statement_;
};

}  // namespace morgiana::store
