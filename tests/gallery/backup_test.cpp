#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

std::vector<std::string> problems(const Campus& campus, const std::string& path) {
  return Gallery::check(path, {.key = campus.key}).problems;
}

TEST(Backup, IsAGalleryOfItsOwn) {
  Campus campus;
  const Template ada = campus.person();
  const Template bob = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {bob});
  campus.gallery.remove("bob");
  const std::string copy = campus.folder / "copy";
  std::uint64_t told = 0;
  campus.gallery.backup(copy, {[&](std::uint64_t done, std::uint64_t all) {
                          EXPECT_LE(done, all);
                          told = done;
                        }});
  EXPECT_GT(told, 0U);
  campus.gallery.remove("ada");
  EXPECT_TRUE(problems(campus, copy).empty());
  const Gallery opened = Gallery::open(copy, {.key = campus.key});
  EXPECT_EQ(opened.identify(ada, {.accept = {{0.9F}}}).num_accepted(), 1U);
  EXPECT_EQ(opened.stats().num_subjects, 1U);
  EXPECT_TRUE(campus.find(ada).empty());
}

TEST(Backup, IsOfOneStateWhileOthersWrite) {
  Campus campus;
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {.key = campus.key, .sync = Sync::batched});
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    test::Vectors vectors(Campus::kDim, 7);
    for (int i = 0; !is_done; ++i) {
      const std::string id = "p" + std::to_string(i % 50);
      const Template one(campus.model, vectors.unit());
      if (campus.gallery.contains(id)) {
        campus.gallery.remove(id);
      } else {
        campus.gallery.enrol(id, {one});
      }
    }
  });
  for (int i = 0; i < 10; ++i) {
    const std::string copy = campus.folder / ("copy" + std::to_string(i));
    campus.gallery.backup(copy);
    EXPECT_EQ(problems(campus, copy), std::vector<std::string>{});
  }
  is_done = true;
  writer.join();
}

TEST(Backup, OverwritesNothingAndLeavesNothingBehind) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  EXPECT_ERRC(campus.gallery.backup(campus.path), Errc::already_exists);
  EXPECT_ERRC(campus.gallery.backup(campus.folder / "no/where"), Errc::not_found);
  EXPECT_ERRC(campus.gallery.backup(campus.folder / "x.keyset"), Errc::invalid_argument);
  const std::string copy = campus.folder / "copy";
  const BackupOptions stop{[](std::uint64_t, std::uint64_t) { throw std::runtime_error("stop"); }};
  EXPECT_THROW(campus.gallery.backup(copy, stop), std::runtime_error);
  for (const auto& entry : std::filesystem::directory_iterator(campus.folder.path())) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(!name.starts_with("copy") || name == "copy.lock") << name;
  }
  campus.gallery.backup(copy);
  EXPECT_TRUE(problems(campus, copy).empty());
}

TEST(Backup, TakesNothingFromAnotherThatCameFirst) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  const std::string copy = campus.folder / "copy";
  int num_refused = 0;
  campus.gallery.backup(
      copy, {[&](std::uint64_t, std::uint64_t) {
        EXPECT_ERRC(campus.gallery.backup(copy), Errc::locked);
        EXPECT_ERRC(Gallery::create(copy, {campus.model, campus.key}), Errc::locked);
        ++num_refused;
      }});
  EXPECT_GT(num_refused, 0);
  EXPECT_TRUE(problems(campus, copy).empty());
}

TEST(Backup, IsMadeByAFollowerToo) {
  Campus campus;
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key});
  campus.gallery.enrol("ada", {campus.person()});
  beside.backup(campus.folder / "copy");
  EXPECT_EQ(Gallery::check(campus.folder / "copy", {.key = campus.key}).num_subjects, 1U);
}

TEST(Check, CountsWhatIsAuthenticBesideTheWriter) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person(), campus.person()});
  campus.gallery.enrol("bob", {campus.person()});
  campus.gallery.remove("bob");
  const CheckReport report = Gallery::check(campus.path, {.key = campus.key});
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.num_subjects, 1U);
  EXPECT_EQ(report.num_references, 2U);
  EXPECT_EQ(report.num_commits, 4U);
  EXPECT_EQ(report.num_pending_erasures, 0U);
  EXPECT_FALSE(report.file_system.empty());
}

TEST(Check, SaysWhatIsWrongWithTheQuestionAsAnError) {
  Campus campus;
  EXPECT_ERRC(Gallery::check(campus.folder / "none", {.key = campus.key}), Errc::not_found);
  const KeySource other = KeySource::create_file(campus.folder / "other.key");
  EXPECT_ERRC(Gallery::check(campus.path, {.key = other}), Errc::wrong_key);
}

TEST(Check, ReportsAFileThatIsCutShort) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  campus.gallery.close();
  for (const unsigned left : {40'000U, 1000U, 50U, 0U}) {
    std::filesystem::resize_file(campus.path, left);
    EXPECT_FALSE(problems(campus, campus.path).empty()) << left;
  }
}

struct CheckFinds : ::testing::TestWithParam<const char*> {};

TEST_P(CheckFinds, WhatWasChanged) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person(), campus.person()});
  campus.gallery.enrol("bob", {campus.person()});
  campus.gallery.enrol("cid", {campus.person()});
  campus.gallery.remove("cid");
  campus.gallery.close();
  EXPECT_TRUE(problems(campus, campus.path).empty());
  test::run_sql(campus.path, GetParam());
  EXPECT_FALSE(problems(campus, campus.path).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Edits, CheckFinds,
    ::testing::Values("DELETE FROM erasures", "DELETE FROM commits WHERE sequence = 2",
                      "UPDATE commits SET head = (SELECT head FROM commits WHERE sequence = 3) "
                      "WHERE sequence = 2",
                      "DELETE FROM commits WHERE sequence = 5",
                      "DELETE FROM subjects WHERE id = 'bob'", "UPDATE subjects SET cohorts = 1",
                      "DELETE FROM refs WHERE reference = 1048577",
                      "UPDATE key_slots SET content = zeroblob(8192)",
                      "INSERT INTO erasures VALUES (1, 4, 4, 4)"));

}  // namespace
}  // namespace morgiana
