#include <filesystem>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

Names find(const Gallery& gallery, const Template& probe) {
  Names names;
  for (const Candidate& c : gallery.identify(probe, {.accept = {{0.6F}}}).candidates()) {
    names.push_back(c.subject.str());
  }
  return names;
}

struct Follow : ::testing::Test {
  Gallery follower(References references = References::sealed) const {
    return Gallery::follow(campus.path, {.key = campus.key, .memory = {references}});
  }
  Campus campus;
};

TEST_F(Follow, EveryVerbSeesWhatReturnedBefore) {
  for (const References references : {References::sealed, References::resident}) {
    const Gallery beside = follower(references);
    const Template ada = campus.person();
    const Template bob = campus.person();
    const Template other = campus.person();
    EXPECT_TRUE(find(beside, ada).empty());
    campus.gallery.enrol("ada", {ada, campus.again(ada)});
    EXPECT_EQ(find(beside, ada), Names{"ada"});
    campus.gallery.enrol("bob", {bob});
    EXPECT_TRUE(beside.verify("bob", bob, {{{0.6F}}}).accepted());
    campus.gallery.update("ada", std::vector{other});
    EXPECT_TRUE(find(beside, ada).empty());
    EXPECT_EQ(find(beside, other), Names{"ada"});
    campus.gallery.remove("bob");
    EXPECT_FALSE(beside.contains("bob"));
    EXPECT_EQ(beside.stats().num_subjects, 1U);
    EXPECT_EQ(beside.subjects(10).size(), 1U);
    campus.gallery.enrol("cid", {bob});
    campus.gallery.remove("cid");
    EXPECT_TRUE(find(beside, bob).empty());
    campus.gallery.remove("ada");
    EXPECT_EQ(beside.stats().num_references, 0U);
  }
}

TEST_F(Follow, AnswersAreThoseOfTheGalleryItFollows) {
  std::vector<Template> people;
  const Gallery beside = follower();
  for (int i = 0; i < 300; ++i) {
    people.push_back(campus.person());
    campus.gallery.enrol("p" + std::to_string(i), {people.back()});
    if (i % 3 == 2) campus.gallery.remove("p" + std::to_string(i - 1));
    if (i % 50 == 0) campus.gallery.compact();
  }
  for (const Template& one : people) EXPECT_EQ(find(beside, one), campus.find(one));
  const Gallery late = follower();
  for (const Template& one : people) EXPECT_EQ(find(late, one), campus.find(one));
}

TEST_F(Follow, ChangesNothing) {
  campus.gallery.enrol("ada", {campus.person()});
  Gallery beside = follower();
  EXPECT_ERRC(beside.enrol("bob", {campus.person()}), Errc::read_only);
  EXPECT_ERRC(beside.update("ada", std::vector{campus.person()}), Errc::read_only);
  EXPECT_ERRC(beside.remove("ada"), Errc::read_only);
  EXPECT_ERRC(beside.flush(), Errc::read_only);
  EXPECT_NO_THROW(beside.compact());
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::locked);
  EXPECT_EQ(campus.gallery.stats().num_subjects, 1U);
}

TEST_F(Follow, GoesOnWhileTheWriterIsClosedAndOpenedAgain) {
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const Gallery beside = follower();
  campus.gallery.close();
  EXPECT_EQ(find(beside, ada), Names{"ada"});
  campus.gallery = Gallery::open(campus.path, {campus.key});
  campus.gallery.remove("ada");
  EXPECT_TRUE(find(beside, ada).empty());
}

TEST_F(Follow, OpensWhereNobodyWrites) {
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.close();
  EXPECT_EQ(find(follower(), ada), Names{"ada"});
}

TEST_F(Follow, AFileThatIsGoneOrAnotherEndsIt) {
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const Gallery beside = follower();
  const std::string away = campus.path + ".away";
  std::filesystem::rename(campus.path, away);
  EXPECT_ERRC(find(beside, ada), Errc::not_found);
  std::filesystem::copy_file(away, campus.path);
  EXPECT_ERRC(find(beside, ada), Errc::replaced);
  std::filesystem::rename(away, campus.path);
  EXPECT_EQ(find(beside, ada), Names{"ada"});
}

TEST_F(Follow, SubjectsAreNotThoseOfAFileThatWasReplaced) {
  campus.gallery.enrol("ada", {campus.person()});
  const Gallery beside = follower();
  std::filesystem::rename(campus.path, campus.path + ".away");
  EXPECT_ERRC(beside.subjects(10), Errc::not_found);
}

TEST_F(Follow, AWriterWhoseFileWasReplacedAcknowledgesNothing) {
  campus.gallery.enrol("ada", {campus.person()});
  campus.gallery.backup(campus.folder / "copy");
  std::filesystem::rename(campus.folder / "copy", campus.path);
  EXPECT_ERRC(campus.gallery.enrol("bob", {campus.person()}), Errc::replaced);
  EXPECT_ERRC(campus.gallery.remove("ada"), Errc::replaced);
  EXPECT_ERRC(campus.gallery.backup(campus.folder / "other"), Errc::replaced);
}

TEST_F(Follow, ALockIsGivenUpThoughAForkedProcessLives) {
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(gate[1]);
    char byte;
    ::_exit(::read(gate[0], &byte, 1) == 0 ? 0 : 1);  // until its parent closes
  }
  campus.reopen();
  EXPECT_EQ(campus.gallery.stats().num_subjects, 0U);
  ::close(gate[1]);
  ::close(gate[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(Follow, ANewerFormatEndsIt) {
  const Template ada = campus.person();
  const Gallery beside = follower();
  test::run_sql(campus.path, "PRAGMA user_version = 99");
  EXPECT_ERRC(find(beside, ada), Errc::unsupported_format);
  EXPECT_ERRC(find(beside, ada), Errc::unsupported_format);
}

TEST_F(Follow, CommitsThatAreTakenBackAreMissed) {
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {campus.person()});
  campus.gallery.remove("bob");
  const Gallery beside = follower();
  // The state is the same, to the last subject.
  test::run_sql(campus.path, "DELETE FROM commits WHERE sequence > 2; DELETE FROM erasures");
  EXPECT_ERRC(find(beside, ada), Errc::not_authentic);
}

/// Edits that would bring back, keep or smuggle in a subject, and leave the newest head in place.
struct FollowTampered : ::testing::TestWithParam<const char*> {};

TEST_P(FollowTampered, NobodyIsAnswered) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {campus.person()});
  test::run_sql(campus.path,
                "CREATE TABLE old_subjects AS SELECT * FROM subjects;"
                "CREATE TABLE old_refs AS SELECT * FROM refs;"
                "CREATE TABLE old_slots AS SELECT * FROM key_slots;"
                "CREATE TABLE old_commits AS SELECT * FROM commits");
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key});
  campus.gallery.remove("ada");
  test::run_sql(campus.path, GetParam());
  EXPECT_ERRC(find(beside, ada), Errc::not_authentic);
  EXPECT_ERRC(find(beside, ada), Errc::not_authentic);
}

INSTANTIATE_TEST_SUITE_P(
    Edits, FollowTampered,
    ::testing::Values(
        "DELETE FROM erasures", "UPDATE erasures SET revoked_in = 1",
        "UPDATE erasures SET subject_key = 2", "UPDATE erasures SET subject_key = 77",
        "DELETE FROM commits WHERE sequence = 4", "DELETE FROM commits WHERE sequence >= 3",
        "UPDATE commits SET head = (SELECT head FROM old_commits WHERE sequence = 3) "
        "WHERE sequence = 4",
        "DELETE FROM erasures; INSERT INTO subjects SELECT * FROM old_subjects WHERE id = 'ada';"
        "INSERT INTO refs SELECT * FROM old_refs WHERE reference < 2097152;"
        "UPDATE key_slots SET content = (SELECT content FROM old_slots)",
        "INSERT INTO subjects SELECT 9, id, generation, cohorts, enrolled_at, slot, tag "
        "FROM old_subjects WHERE id = 'ada'"));

/// What two processes share.
struct Shared {
  std::atomic<int> acknowledged;  // even: removed for good, odd: enrolled or about to be
  std::atomic<bool> is_done;
};

TEST_F(Follow, ARevocationInAnotherProcessIsSeenByTheNextSearch) {
  auto* shared = static_cast<Shared*>(
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(shared, MAP_FAILED);
  const Template ada = campus.person();
  const std::string path = campus.path;
  campus.gallery.close();
  const pid_t writer = ::fork();
  ASSERT_GE(writer, 0);
  if (writer == 0) {
    int status = 1;
    try {
      Gallery gallery = Gallery::open(path, {campus.key});
      for (int i = 0; i < 200; ++i) {
        ++shared->acknowledged;
        gallery.enrol("ada", {ada});
        gallery.remove("ada");
        ++shared->acknowledged;
      }
      status = 0;
    } catch (const Error&) {
      status = 2;
    }
    shared->is_done = true;
    ::_exit(status);
  }
  int num_stale = 0;
  int num_found = 0;
  const Gallery beside = follower();
  while (!shared->is_done) {
    const int before = shared->acknowledged;
    const bool found = !find(beside, ada).empty();
    num_found += found ? 1 : 0;
    num_stale += found && before % 2 == 0 && shared->acknowledged == before ? 1 : 0;
  }
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(num_stale, 0);
  EXPECT_GT(num_found, 0);
  EXPECT_TRUE(find(beside, ada).empty());
  ::munmap(shared, sizeof(Shared));
}

TEST_F(Follow, AForkedHandleIsClosedAndHarmsNothing) {
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int status = 1;
    try {
      campus.find(ada);
    } catch (const Error& error) {
      status = error.code() == Errc::closed ? 0 : 2;
    }
    for (const auto& again : {Gallery::open, Gallery::follow}) {
      try {
        again(campus.path, {.key = campus.key});
        status = 3;
      } catch (const Error& error) {
        if (error.code() != Errc::closed) status = 4;
      }
    }
    campus.gallery.close();
    { const Gallery gone = std::move(campus.gallery); }
    ::_exit(status);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(campus.find(ada), Names{"ada"});
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::locked);
  campus.gallery.remove("ada");
  campus.reopen();
  EXPECT_TRUE(campus.find(ada).empty());
}

}  // namespace
}  // namespace morgiana
