#include <memory>

#include "store/database_impl.hpp"
#include "store/durable_file.hpp"
#include "store/sqlite.hpp"

namespace morgiana::store {
namespace {

struct Finish {
  void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
};

}  // namespace

void Database::copy_to(const std::string& path,
                       const std::function<void(std::uint64_t, std::uint64_t)>& progress) const {
  constexpr int kPagesAtOnce = 256;
  const Connection from(impl_->path, Connection::Mode::follow);
  impl_->refuse_if_replaced();
  from.run("BEGIN; SELECT id FROM gallery");  // one state, whatever is committed meanwhile
  create_file(path, {});                      // private to its owner
  const Connection to(path, Connection::Mode::write);
  std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(to.get(), "main", from.get(), "main"));
  if (backup == nullptr) to.fail(sqlite3_extended_errcode(to.get()), "copying to");
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(backup.get(), kPagesAtOnce);
    const int num_all = sqlite3_backup_pagecount(backup.get());
    const int num_left = sqlite3_backup_remaining(backup.get());
    if (progress && (code == SQLITE_OK || code == SQLITE_DONE)) {
      progress(static_cast<std::uint64_t>(num_all - num_left), static_cast<std::uint64_t>(num_all));
    }
  }
  if (code == SQLITE_DONE) return;
  sqlite3_backup_finish(backup.release());  // leaves the words for what went wrong with `to`
  to.fail(code, "copying to");
}

}  // namespace morgiana::store
