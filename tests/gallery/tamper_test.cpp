#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include <sqlite3.h>

#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

/// Edits the database as somebody with write access to the file could.
void edit(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
      << sql << ": " << (message != nullptr ? message : "");
  EXPECT_GT(sqlite3_total_changes(database), 0) << sql;
  sqlite3_close(database);
}

struct Tampered : ::testing::TestWithParam<const char*> {};

TEST_P(Tampered, GalleryDoesNotOpen) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person(), campus.person()});
  campus.gallery.enrol("bob", {campus.person(), campus.person()});
  campus.gallery.close();
  edit(campus.path, GetParam());
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::not_authentic);
}

// A subject's number is its row; a reference's is the subject's · 2^20 + its own.
INSTANTIATE_TEST_SUITE_P(
    Edits, Tampered,
    ::testing::Values(
        "UPDATE subjects SET id = CASE id WHEN 'ada' THEN 'x' ELSE 'ada' END",
        "UPDATE subjects SET cohorts = 1", "UPDATE subjects SET enrolled_at = 1",
        "UPDATE subjects SET generation = 2", "UPDATE subjects SET slot = 1 - slot",
        "UPDATE subjects SET slot = 0", "DELETE FROM subjects WHERE id = 'ada'",
        "DELETE FROM refs WHERE reference = 1048577",
        "UPDATE refs SET reference = 1048578 WHERE reference = 1048577",
        "UPDATE refs SET reference = 2097154 WHERE reference = 1048577",
        "UPDATE refs SET sealed = (SELECT sealed FROM refs WHERE reference = 2097152) "
        "WHERE reference = 1048576",
        "INSERT INTO refs SELECT 1048578, sealed FROM refs WHERE reference = 1048577",
        "UPDATE key_slots SET content = zeroblob(8192)", "DELETE FROM commits WHERE sequence = 3",
        "DELETE FROM commits", "UPDATE commits SET sequence = 100 WHERE sequence = 3",
        "UPDATE gallery SET model_name = 'other'", "UPDATE gallery SET dim = 65",
        "UPDATE gallery SET uuid = zeroblob(16)"));

TEST(Tamper, ASubjectRenamedUnderAnOpenGalleryIsNotAnswered) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  edit(campus.path, "UPDATE subjects SET id = 'eve'");
  EXPECT_ERRC(campus.find(ada), Errc::not_authentic);
  EXPECT_ERRC(campus.gallery.verify("eve", ada, {{{0.5F}}}), Errc::not_authentic);
}

/// Where the database keeps its index of ids, in index leaf pages alone.
void edit_index(const std::string& path, const std::map<std::string, std::string>& edits) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  constexpr std::size_t kPageBytes = 16384;
  std::size_t num_edited = 0;
  for (std::size_t page = kPageBytes; page < bytes.size(); page += kPageBytes) {
    const bool is_index_leaf = bytes[page] == 10;
    std::map<std::size_t, std::string> found;
    for (const auto& [from, to] : edits) {
      const std::size_t at = bytes.find(from, page);
      if (is_index_leaf && at < page + kPageBytes) found[at] = to;
    }
    for (const auto& [at, to] : found) bytes.replace(at, to.size(), to);
    num_edited += found.size();
  }
  ASSERT_EQ(num_edited, edits.size());
  file.clear();
  file.seekp(0);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

TEST(Tamper, ADeadlineEndsAnExclusionListBeforeItMeetsWhatWasEdited) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("eve", {campus.person()});
  edit(campus.path, "UPDATE subjects SET cohorts = 1 WHERE id = 'eve'");
  IdentifyOptions options{.accept = {{0.6F}}};
  options.exclude = {"eve"};
  EXPECT_ERRC(campus.gallery.identify(ada, options), Errc::not_authentic);
  options.exclude.insert(options.exclude.begin(), 200'000, "ada");  // far more than a millisecond
  const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  EXPECT_ERRC(campus.gallery.identify(ada, options, {.executor = {}, .deadline = soon}),
              Errc::deadline_exceeded);
}

TEST(Tamper, ASearchForWhomTheRecordsLackUnderAnOpenGalleryFails) {
  for (const References references : {References::sealed, References::resident}) {
    for (const char* sql : {"DELETE FROM subjects", "DELETE FROM refs"}) {
      if (references == References::resident && sql == std::string("DELETE FROM refs")) continue;
      Campus campus;
      const Template ada = campus.person();
      campus.gallery.enrol("ada", {ada});
      campus.gallery.close();
      campus.gallery = Gallery::open(campus.path, {campus.key, {references}});
      edit(campus.path, sql);
      SCOPED_TRACE(sql);
      EXPECT_ERRC(campus.find(ada), Errc::not_authentic);
    }
  }
}

/// Records of an index: header of three bytes, text of three (0x13), a number of one byte; then
/// both.
TEST(Tamper, AnIndexThatNamesSomebodyElseDoesNotOpen) {
  const std::map<std::string, std::string> edits[] = {
      {{"bob\x02", "cid\x02"}, {"cid\x03", "bob\x03"}},  // out of order
      {{"bob\x02", "bob\x03"}, {"cid\x03", "cid\x02"}},  // exchanged
      {{"bob\x02", "bob\x07"}},                          // nobody
      {{"bob\x02", "bop\x02"}},                          // another id
      {{"\x03\x13\x01"
        "bob",
        "\x03\x12\x01"
        "bob"}}};  // bytes instead of text
  for (const auto& edit : edits) {
    Campus campus;
    for (const char* id : {"ada", "bob", "cid"}) campus.gallery.enrol(id, {campus.person()});
    campus.gallery.close();
    EXPECT_NO_THROW(Gallery::open(campus.path, {campus.key}));
    edit_index(campus.path, edit);
    SCOPED_TRACE(edit.begin()->second);
    try {
      Gallery::open(campus.path, {campus.key});
      ADD_FAILURE() << "opened";
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == Errc::not_authentic || error.code() == Errc::storage_failed)
          << error.what();
    }
  }
}

TEST(Tamper, ASubjectWrittenBackUnderAnOpenGalleryStaysRemoved) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {campus.person()});
  edit(campus.path,
       "CREATE TABLE s AS SELECT * FROM subjects;"
       "CREATE TABLE r AS SELECT * FROM refs;"
       "CREATE TABLE k AS SELECT * FROM key_slots;"
       "UPDATE gallery SET created_at = created_at");
  campus.gallery.remove("ada");
  edit(campus.path,
       "INSERT INTO subjects SELECT * FROM s WHERE id = 'ada';"
       "INSERT INTO refs SELECT * FROM r WHERE reference < 2097152;"
       "UPDATE key_slots SET content = (SELECT content FROM k)");
  EXPECT_TRUE(campus.find(ada).empty());
  EXPECT_FALSE(campus.gallery.contains("ada"));
  EXPECT_ERRC(campus.gallery.verify("ada", ada, {{{0.5F}}}), Errc::unknown_subject);
  EXPECT_ERRC(campus.gallery.remove("ada"), Errc::unknown_subject);
}

TEST(Tamper, WhatIsNoDimensionOpensNothing) {
  for (const char* dim : {"0", "-1", "31", "1000000000", "4294967360"}) {
    Campus campus;
    campus.gallery.close();
    edit(campus.path, "UPDATE gallery SET dim = " + std::string(dim));
    EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::not_a_gallery);
  }
}

TEST(Tamper, AnOrphanedReferenceOrADistantSlotDoesNotOpen) {
  for (const char* sql :
       {"INSERT INTO refs SELECT 99 << 20, sealed FROM refs LIMIT 1",
        "INSERT INTO refs SELECT 5, sealed FROM refs LIMIT 1",
        "INSERT INTO refs SELECT -1, sealed FROM refs LIMIT 1",
        "INSERT INTO refs SELECT ~(1 << 63), sealed FROM refs LIMIT 1",
        "INSERT INTO subjects SELECT 1 << 63, 'x', 1, 1, 1, 1, tag FROM subjects",
        "INSERT INTO subjects SELECT 1 << 43, 'x', 1, 1, 1, 1, tag FROM subjects",
        "INSERT INTO subjects SELECT ~(1 << 63), 'x', 1, 1, 1, 1, tag FROM subjects",
        "INSERT INTO key_slots VALUES (1000000, zeroblob(8192))"}) {
    Campus campus;
    campus.gallery.enrol("ada", {campus.person()});
    campus.gallery.close();
    edit(campus.path, sql);
    EXPECT_THROW(Gallery::open(campus.path, {campus.key}), Error) << sql;
  }
}

/// What a bad sector, or somebody else's program, does to the records of ada.
struct DamagedSubject : ::testing::TestWithParam<const char*> {};

TEST_P(DamagedSubject, IsRemovedOrUpdatedAndTheGalleryIsSoundAgain) {
  for (const bool is_updated : {false, true}) {
    Campus campus;
    const Template ada = campus.person();
    const Template bob = campus.person();
    const Template anew = campus.person();
    campus.gallery.enrol("ada", {ada, campus.again(ada)});
    campus.gallery.enrol("bob", {bob, campus.again(bob)});
    const Gallery beside = Gallery::follow(campus.path, {.key = campus.key});
    edit(campus.path, GetParam());
    if (is_updated) {
      campus.gallery.update("ada", std::vector{anew});
    } else {
      campus.gallery.remove("ada");
    }
    EXPECT_EQ(beside.identify(bob, {.accept = {{0.6F}}}).num_accepted(), 1U);
    EXPECT_EQ(beside.identify(ada, {.accept = {{0.6F}}}).num_accepted(), 0U);
    campus.reopen();
    EXPECT_EQ(campus.find(ada), Names{});
    EXPECT_EQ(campus.find(bob), Names{"bob"});
    EXPECT_EQ(campus.find(anew), is_updated ? Names{"ada"} : Names{});
    EXPECT_TRUE(Gallery::check(campus.path, {.key = campus.key}).problems.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Records, DamagedSubject,
    ::testing::Values(
        "UPDATE refs SET sealed = zeroblob(284) WHERE reference = 1048577",
        "UPDATE refs SET sealed = x'00' WHERE reference = 1048577",
        "DELETE FROM refs WHERE reference = 1048577",
        "DELETE FROM refs WHERE reference BETWEEN 1048576 AND 1048577",
        "INSERT INTO refs SELECT 1048578, sealed FROM refs WHERE reference = 1048577",
        "UPDATE key_slots SET content = CAST(zeroblob(64) || substr(content, 65) AS BLOB)"));

TEST(Tamper, ADamagedSubjectStaysWhereOthersAreDamagedToo) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {campus.person()});
  edit(campus.path, "UPDATE refs SET sealed = zeroblob(284)");
  EXPECT_ERRC(campus.gallery.remove("ada"), Errc::not_authentic);
  campus.gallery.remove(std::vector{SubjectId("ada"), SubjectId("bob")});
  campus.reopen();
  EXPECT_EQ(campus.gallery.stats().num_subjects, 0U);
}

TEST(Tamper, TheRemovedDoNotComeBackWithAnOlderDatabasePage) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {campus.person()});
  campus.gallery.close();
  std::filesystem::copy_file(campus.path, campus.folder / "old");
  campus.gallery = Gallery::open(campus.path, {campus.key});
  campus.gallery.remove("ada");
  campus.gallery.close();
  edit(campus.path, "ATTACH '" + (campus.folder / "old") +
                        "' AS old;"
                        "INSERT INTO subjects SELECT * FROM old.subjects WHERE id = 'ada';"
                        "INSERT INTO refs SELECT * FROM old.refs WHERE reference < 2097152;"
                        "UPDATE key_slots SET content = (SELECT content FROM old.key_slots)");
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::not_authentic);
}

/// Flips one bit of a file.
void flip(const std::string& path, std::streamoff offset, char mask) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto byte = static_cast<char>(file.seekg(offset).get() ^ mask);
  file.seekp(offset).put(byte);
}

TEST(Tamper, CheckSeesAHeaderThatForbidsWriting) {
  constexpr std::streamoff kWriteVersion = 18;
  Campus campus;
  campus.gallery.close();
  EXPECT_TRUE(Gallery::check(campus.path, {campus.key}).problems.empty());
  flip(campus.path, kWriteVersion, 1);
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}).enrol("ada", {campus.person()}),
              Errc::storage_failed);
  EXPECT_EQ(Gallery::check(campus.path, {campus.key}).problems.size(), 1U);
}

TEST(Tamper, AKeysetOfAnotherGalleryDoesNotFit) {
  Campus campus;
  const std::string other = campus.folder / "other.morgiana";
  Gallery::create(other, {campus.model, campus.key}).close();
  campus.gallery.close();
  std::filesystem::copy_file(other + ".keyset", campus.path + ".keyset",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::not_authentic);
}

TEST(Tamper, NoFileHoldsATemplateInTheClear) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const std::string plain(reinterpret_cast<const char*>(ada.values().data()), 16);
  for (const auto& entry : std::filesystem::directory_iterator(campus.folder.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find(plain), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace morgiana
