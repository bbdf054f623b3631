#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "data.hpp"
#include "errors.hpp"
#include "store/database.hpp"
#include "store/faulty_vfs.hpp"
#include "store/raw_sqlite.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

using test::FaultyVfs;

/// One way in which a disk fails, and what the library calls it.
struct Fault {
  const char* name;
  FaultyVfs::Operation operation;
  int sqlite_code;
  Errc expected;
};

constexpr Fault kFaults[] = {
    {"DiskFull", FaultyVfs::Operation::write, SQLITE_FULL, Errc::storage_full},
    {"WriteError", FaultyVfs::Operation::write, SQLITE_IOERR_WRITE, Errc::storage_failed},
    {"SyncError", FaultyVfs::Operation::sync, SQLITE_IOERR_FSYNC, Errc::storage_failed},
};

constexpr int kNeverReached = 10000;

/// Subjects 1 and 2 are committed; what a test does afterwards fails at every possible point.
struct EveryFault : testing::TestWithParam<Fault> {
  struct Site {
    Site() : database(std::make_unique<Database>(Database::create(path, test::sample_gallery()))) {
      Transaction transaction = database->begin();
      test::append_slot_row(transaction);
      test::add_subject(transaction, 1, 2);
      test::add_subject(transaction, 2, 2);
      transaction.append_head(1, test::noise(1, 90));
      transaction.commit();
    }
    /// The files as a crash at this moment would leave them, opened by a new process.
    Database crashed_copy() const {
      for (const char* suffix : {"", "-wal"}) {
        const std::string source = path + suffix;
        if (std::filesystem::exists(source)) {
          std::filesystem::copy_file(source, folder / ("copy" + std::string(suffix)));
        }
      }
      return Database::open(folder / "copy");
    }
    test::ScratchFolder folder;
    std::string path = folder / "db";
    std::unique_ptr<Database> database;
  };

  /// Fails operation 1, 2, ... of `change` until it succeeds; `check` sees what each failure left:
  /// in the files as a crash would leave them, and after the handle was closed on the broken disk.
  /// Returns how many failures there were.
  int run(const std::function<void(Database&)>& change,
          const std::function<void(const Database&)>& check) {
    for (int first = 1; first < kNeverReached; ++first) {
      SCOPED_TRACE(std::string(GetParam().name) + " at operation " + std::to_string(first));
      Site site;
      vfs.fail_from(GetParam().operation, first, GetParam().sqlite_code);
      bool succeeded = true;
      try {
        change(*site.database);
      } catch (const Error& error) {
        succeeded = false;
        EXPECT_EQ(error.code(), GetParam().expected) << error.what();
        EXPECT_NE(std::string(error.what()).find(site.path), std::string::npos) << error.what();
      }
      const bool has_failed = vfs.has_failed();
      EXPECT_TRUE(has_failed || succeeded);
      vfs.heal();
      check(site.crashed_copy());
      vfs.fail_from(GetParam().operation, 1, GetParam().sqlite_code);
      site.database.reset();
      vfs.heal();
      EXPECT_EQ(test::run_sql(site.path, "PRAGMA integrity_check"), "ok");
      check(Database::open(site.path));
      if (succeeded && !has_failed) return first - 1;
    }
    ADD_FAILURE() << "never succeeded";
    return 0;
  }

  FaultyVfs vfs;
};

INSTANTIATE_TEST_SUITE_P(Disk, EveryFault, testing::ValuesIn(kFaults),
                         [](const auto& test) { return std::string(test.param.name); });

void enrol_three(Database& database) {
  Transaction transaction = database.begin();
  test::append_slot_row(transaction);
  test::add_subject(transaction, 3, 40);
  transaction.append_head(2, test::noise(2, 90));
  transaction.commit();
}

TEST_P(EveryFault, LeavesAnEnrolmentWhollyThereOrWhollyNot) {
  int num_absent = 0;
  const int num_failures = run(enrol_three, [&](const Database& database) {
    const Snapshot snapshot = database.snapshot();
    EXPECT_TRUE(test::is_whole(snapshot, 1, 2));
    EXPECT_TRUE(test::is_whole(snapshot, 2, 2));
    const bool is_there = snapshot.subject(3).has_value();
    if (!is_there) ++num_absent;
    EXPECT_EQ(test::is_whole(snapshot, 3, 40), is_there);
    EXPECT_EQ(test::references(snapshot).size(), is_there ? 44U : 4U);
    EXPECT_EQ(snapshot.num_slot_rows(), is_there ? 2U : 1U);
    EXPECT_EQ(snapshot.head(), is_there ? test::noise(2, 90) : test::noise(1, 90));
  });
  EXPECT_GT(num_failures, 0);
  // A failed write leaves the commit record unwritten; a failed sync says nothing about it.
  if (GetParam().operation == FaultyVfs::Operation::write) {
    EXPECT_EQ(num_absent, 2 * num_failures);
  }
}

TEST_P(EveryFault, LeavesARemovalWhollyDoneOrWhollyNot) {
  const auto change = [](Database& database) {
    {
      Transaction transaction = database.begin();
      transaction.write_slot(2, test::slot_content(99));
      transaction.delete_subject(2, 1, 1700000001);
      transaction.append_head(2, test::noise(2, 90));
      transaction.commit();
    }
    EXPECT_TRUE(database.truncate_log());
    Transaction transaction = database.begin();
    transaction.finish_erasures(1700000002);
    transaction.commit();
  };
  const int num_failures = run(change, [](const Database& database) {
    const Snapshot snapshot = database.snapshot();
    EXPECT_TRUE(test::is_whole(snapshot, 1, 2));
    const bool is_there = snapshot.subject(2).has_value();
    EXPECT_EQ(test::is_whole(snapshot, 2, 2), is_there);
    EXPECT_EQ(test::references(snapshot).size(), is_there ? 4U : 2U);
    EXPECT_EQ(snapshot.head(), is_there ? test::noise(1, 90) : test::noise(2, 90));
    EXPECT_LE(snapshot.num_pending_erasures(), is_there ? 0U : 1U);
  });
  EXPECT_GT(num_failures, 1);
}

TEST_P(EveryFault, LeavesNoFileOfADatabaseThatCouldNotBeCreated) {
  int num_failures = 0;
  for (bool succeeded = false; !succeeded && num_failures < kNeverReached;) {
    const test::ScratchFolder folder;
    vfs.fail_from(GetParam().operation, num_failures + 1, GetParam().sqlite_code);
    try {
      const Database database = Database::create(folder / "db", test::sample_gallery());
      succeeded = true;
    } catch (const Error& error) {
      ++num_failures;
      EXPECT_EQ(error.code(), GetParam().expected) << error.what();
      EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    }
    vfs.heal();
  }
  EXPECT_GT(num_failures, 1);
}

TEST_P(EveryFault, StopsFurtherWritesUnlessTheDiskWasOnlyFull) {
  Site site;
  vfs.fail_from(GetParam().operation, 1, GetParam().sqlite_code);
  EXPECT_ERRC(enrol_three(*site.database), GetParam().expected);
  vfs.heal();
  EXPECT_TRUE(test::is_whole(site.database->snapshot(), 1, 2)) << "reading goes on";
  if (GetParam().expected == Errc::storage_full) {
    enrol_three(*site.database);
    EXPECT_TRUE(test::is_whole(site.database->snapshot(), 3, 40));
    return;
  }
  EXPECT_ERRC(site.database->begin(), Errc::storage_failed);
  EXPECT_ERRC(site.database->truncate_log(), Errc::storage_failed);
  site.database.reset();
  Database reopened = Database::open(site.path);
  if (!reopened.snapshot().subject(3)) enrol_three(reopened);
  EXPECT_TRUE(test::is_whole(reopened.snapshot(), 3, 40));
}

TEST_P(EveryFault, MakesAFailedTransactionRefuseToGoOn) {
  if (GetParam().operation == FaultyVfs::Operation::sync) GTEST_SKIP() << "only a commit syncs";
  Site site;
  Transaction transaction = site.database->begin();
  test::add_subject(transaction, 3, 1);
  vfs.fail_from(GetParam().operation, 1, GetParam().sqlite_code);
  EXPECT_ERRC(transaction.commit(), GetParam().expected);
  vfs.heal();
  EXPECT_ERRC(transaction.append_head(3, {}), Errc::storage_failed);
  EXPECT_ERRC(transaction.commit(), Errc::storage_failed);
}

}  // namespace
}  // namespace morgiana::store
