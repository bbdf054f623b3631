#include "store/database.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "data.hpp"
#include "errors.hpp"
#include "store/raw_sqlite.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

using test::run_sql;
using test::sample_gallery;

struct DatabaseTest : testing::Test {
  Database create() const { return Database::create(path, sample_gallery()); }

  test::ScratchFolder folder;
  std::string path = folder / "campus.morgiana";
};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

unsigned mode_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777U;
}

TEST_F(DatabaseTest, RemembersItsGalleryAfterReopening) {
  create();
  const GalleryRow gallery = Database::open(path).snapshot().gallery();
  EXPECT_EQ(gallery.uuid, sample_gallery().uuid);
  EXPECT_EQ(gallery.model_name, "sface-2021dec");
  EXPECT_EQ(gallery.dim, 128U);
  EXPECT_EQ(gallery.created_at_s, 1700000000);
}

TEST_F(DatabaseTest, BeginsEmpty) {
  const Database database = create();
  const Snapshot snapshot = database.snapshot();
  EXPECT_TRUE(snapshot.head().empty());
  EXPECT_EQ(snapshot.num_slot_rows(), 0U);
  EXPECT_EQ(snapshot.num_pending_erasures(), 0U);
  EXPECT_TRUE(test::subject_keys(snapshot).empty());
  EXPECT_TRUE(test::references(snapshot).empty());
}

TEST_F(DatabaseTest, KeepsItsContentAcrossHandles) {
  {
    Database database = create();
    Transaction transaction = database.begin();
    test::append_slot_row(transaction);
    test::add_subject(transaction, 3, 2);
    transaction.append_head(1, test::noise(5, 100));
    transaction.commit();
  }
  const Database database = Database::open(path);
  EXPECT_TRUE(test::is_whole(database.snapshot(), 3, 2));
  EXPECT_EQ(database.snapshot().head(), test::noise(5, 100));
}

TEST_F(DatabaseTest, WritesTheDocumentedSettingsIntoItsFile) {
  create();
  EXPECT_EQ(run_sql(path, "PRAGMA application_id"), std::to_string(0x4D52474E));
  EXPECT_EQ(run_sql(path, "PRAGMA user_version"), "1");
  EXPECT_EQ(run_sql(path, "PRAGMA page_size"), "16384");
  EXPECT_EQ(run_sql(path, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(run_sql(path,
                    "SELECT count(*) FROM pragma_table_list "
                    "WHERE schema = 'main' AND name NOT LIKE 'sqlite%' AND strict = 1"),
            "6");
}

TEST_F(DatabaseTest, IsWholeInItsMainFileWhenCreateReturns) {
  const Database database = create();
  std::filesystem::copy_file(path, folder / "copy");
  EXPECT_EQ(Database::open(folder / "copy").snapshot().gallery().uuid, sample_gallery().uuid);
}

TEST_F(DatabaseTest, IsPrivateToItsOwnerInEveryFile) {
  const mode_t before = ::umask(0);
  Database database = create();
  Transaction transaction = database.begin();
  test::append_slot_row(transaction);
  transaction.commit();
  const Snapshot snapshot = database.snapshot();
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(mode_of(path + suffix), 0600U) << suffix;
}

TEST_F(DatabaseTest, OverwritesNothing) {
  for (const std::string& existing : {std::string(), std::string("holiday pictures")}) {
    write(path, existing);
    EXPECT_ERRC(create(), Errc::already_exists);
    EXPECT_EQ(content(path), existing);
  }
}

TEST_F(DatabaseTest, SaysWhatIsMissing) {
  EXPECT_ERRC(Database::open(path), Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_ERRC(Database::open(folder / "no such folder/gallery"), Errc::not_found);
  EXPECT_ERRC(Database::create(folder / "no such folder/gallery", sample_gallery()),
              Errc::not_found);
}

TEST_F(DatabaseTest, RefusesWhatIsNoDatabase) {
  EXPECT_ERRC(Database::open(folder.path().string()), Errc::not_a_gallery);
  const std::string text(50000, 'x');
  write(path, text);
  EXPECT_ERRC(Database::open(path), Errc::not_a_gallery);
  EXPECT_EQ(content(path), text);
  write(path, "");
  EXPECT_ERRC(Database::open(path), Errc::not_a_gallery);
}

TEST_F(DatabaseTest, RefusesAForeignDatabaseAndLeavesItAlone) {
  run_sql(path, "CREATE TABLE gallery (uuid BLOB); INSERT INTO gallery VALUES (x'00');");
  const std::string before = content(path);
  EXPECT_ERRC(Database::open(path), Errc::not_a_gallery);
  EXPECT_EQ(content(path), before);
  EXPECT_EQ(run_sql(path, "PRAGMA journal_mode"), "delete");
}

TEST_F(DatabaseTest, RefusesANewerFormatAndNamesBoth) {
  create();
  run_sql(path, "PRAGMA user_version = 2");
  EXPECT_ERRC(Database::open(path), Errc::unsupported_format);
  try {
    Database::open(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), path + " was written by format 2, this build reads up to 1");
  }
  run_sql(path, "PRAGMA user_version = 0");
  EXPECT_ERRC(Database::open(path), Errc::not_a_gallery);
}

TEST_F(DatabaseTest, RunsNoTriggerThatAStrangerLeftInIt) {
  {
    Database database = create();
    Transaction transaction = database.begin();
    test::append_slot_row(transaction);
    test::add_subject(transaction, 1, 1);
    transaction.commit();
  }
  run_sql(path, "CREATE TRIGGER thief AFTER INSERT ON subjects BEGIN DELETE FROM refs; END;");
  Database database = Database::open(path);
  Transaction transaction = database.begin();
  test::add_subject(transaction, 2, 1);
  transaction.commit();
  EXPECT_TRUE(test::is_whole(database.snapshot(), 1, 1));
}

TEST_F(DatabaseTest, SaysSoWhereATableIsMissing) {
  create();
  run_sql(path, "DROP TABLE refs");
  const Database database = Database::open(path);
  EXPECT_ERRC(database.snapshot(), Errc::storage_failed);
}

TEST_F(DatabaseTest, TakesNamesThatSqliteWouldInterpret) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  for (const char* name : {":memory:", "file:campus?mode=memory", "relative"}) {
    Database::create(name, sample_gallery());
    EXPECT_GT(std::filesystem::file_size(name), 0U) << name;
    EXPECT_EQ(Database::open(name).snapshot().gallery().uuid, sample_gallery().uuid) << name;
  }
  std::filesystem::current_path(before);
}

TEST_F(DatabaseTest, CountsTheBytesOfItsFiles) {
  Database database = create();
  ASSERT_TRUE(database.truncate_log());
  EXPECT_EQ(database.file_bytes(), std::filesystem::file_size(path));
  Transaction transaction = database.begin();
  test::append_slot_row(transaction);
  transaction.commit();
  EXPECT_GT(std::filesystem::file_size(path + "-wal"), 0U);
  EXPECT_EQ(database.file_bytes(),
            std::filesystem::file_size(path) + std::filesystem::file_size(path + "-wal"));
}

TEST_F(DatabaseTest, MayGoBeforeItsSnapshotsAndTransactions) {
  auto database = std::make_unique<Database>(create());
  Snapshot snapshot = database->snapshot();
  Transaction transaction = database->begin();
  database.reset();
  test::append_slot_row(transaction);
  transaction.commit();
  EXPECT_EQ(snapshot.gallery().dim, 128U);
  EXPECT_EQ(snapshot.num_slot_rows(), 0U);
}

}  // namespace
}  // namespace morgiana::store
