#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

const std::string kWords = "correct horse battery staple";

TEST(KeySources, APassphraseOpensWhatItMade) {
  Campus campus;
  const std::string path = campus.folder / "words";
  const Template ada = campus.person();
  {
    Gallery gallery = Gallery::create(path, {campus.model, KeySource::passphrase(kWords)});
    gallery.enrol("ada", {ada});
  }
  EXPECT_TRUE(Gallery::open(path, {KeySource::passphrase(kWords)}).contains("ada"));
  EXPECT_ERRC(Gallery::open(path, {KeySource::passphrase(kWords + "!")}), Errc::wrong_key);
  EXPECT_ERRC(Gallery::open(path, {campus.key}), Errc::wrong_key);
  campus.gallery.close();
  EXPECT_ERRC(Gallery::open(campus.path, {KeySource::passphrase(kWords)}), Errc::wrong_key);
  EXPECT_ERRC(KeySource::passphrase("7 bytes"), Errc::invalid_argument);
  EXPECT_EQ(KeySource::passphrase(kWords).name(), "passphrase");
}

/// A fork finds zeros where the passphrase was, which must not become the key of a gallery.
TEST(KeySources, APassphraseIsNotTakenIntoAFork) {
  const test::ScratchFolder folder;
  const KeySource source = KeySource::passphrase(kWords);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      Gallery::create(folder / "g", {{"m", 64}, source});
    } catch (const Error& error) {
      ::_exit(error.code() == Errc::closed ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ChangeKey, KeepsTheOwnerOfTheKeyset) {
  if (::geteuid() != 0) GTEST_SKIP() << "only an administrator replaces the files of others";
  Campus campus;
  const std::string keyset = campus.path + ".keyset";
  ASSERT_EQ(::chown(keyset.c_str(), 1234, 4321), 0);
  Gallery::change_key(campus.path, campus.key, KeySource::create_file(campus.folder / "other.key"));
  struct stat status = {};
  ASSERT_EQ(::stat(keyset.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 1234U);
  EXPECT_EQ(status.st_gid, 4321U);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(ChangeKey, LetsTheNewOneInAndTheOldOneNot) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  const KeySource other = KeySource::create_file(campus.folder / "other.key");
  Gallery::change_key(campus.path, campus.key, other);  // beside the handle that has it open
  campus.gallery.enrol("bob", {campus.person()});
  campus.gallery.close();
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::wrong_key);
  EXPECT_EQ(Gallery::open(campus.path, {other}).stats().num_subjects, 2U);

  EXPECT_ERRC(Gallery::change_key(campus.path, campus.key, other), Errc::wrong_key);
  EXPECT_ERRC(Gallery::change_key(campus.path, other, other), Errc::invalid_argument);
  fs::copy_file(campus.folder / "other.key", campus.folder / "same.key");
  EXPECT_ERRC(Gallery::change_key(campus.path, other, KeySource::file(campus.folder / "same.key")),
              Errc::invalid_argument);
  Gallery::change_key(campus.path, other, KeySource::passphrase(kWords));
  EXPECT_EQ(Gallery::open(campus.path, {KeySource::passphrase(kWords)}).stats().num_subjects, 2U);
  Gallery::change_key(campus.path, KeySource::passphrase(kWords), campus.key);
  EXPECT_EQ(Gallery::open(campus.path, {campus.key}).stats().num_subjects, 2U);
  EXPECT_FALSE(fs::exists(campus.path + ".keyset.new"));
}

TEST(ChangeKey, LeavesTheOldOneWhereTheNewOneCannotBeHad) {
  Campus campus;
  campus.gallery.close();
  EXPECT_ERRC(Gallery::change_key(campus.path, campus.key, KeySource::file(campus.folder / "none")),
              Errc::not_found);
  EXPECT_NO_THROW(Gallery::open(campus.path, {campus.key}));
  EXPECT_ERRC(Gallery::change_key(campus.folder / "none", campus.key, campus.key), Errc::not_found);
}

TEST(ChangeKey, OverwritesTheOldKeysetUnlessItHasAnotherName) {
  Campus campus;
  campus.gallery.close();
  const std::string keyset = campus.path + ".keyset";
  const std::string linked = campus.folder / "linked";
  fs::create_hard_link(keyset, linked);
  const Bytes before = store::read_file(linked, 8192);
  const KeySource other = KeySource::create_file(campus.folder / "other.key");
  Gallery::change_key(campus.path, campus.key, other);
  EXPECT_EQ(store::read_file(linked, 8192), before);
  std::ifstream open_before(keyset, std::ios::binary);
  Gallery::change_key(campus.path, other, campus.key);
  const std::string left{std::istreambuf_iterator<char>(open_before), {}};
  EXPECT_EQ(left, std::string(before.size(), '\0'));
}

}  // namespace
}  // namespace morgiana
