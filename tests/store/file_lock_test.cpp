#include "store/file_lock.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data.hpp"
#include "errors.hpp"

namespace morgiana::store {
namespace {

TEST(FileLock, ExcludesASecondHandleOfThisProcessUntilItIsReleased) {
  const test::ScratchFolder folder;
  const std::string path = folder / "campus.lock";
  auto lock = std::make_unique<FileLock>(path);
  EXPECT_ERRC(FileLock second(path), Errc::locked);
  lock.reset();
  EXPECT_NO_THROW(FileLock second(path));
}

TEST(FileLock, ExcludesAnotherProcess) {
  const test::ScratchFolder folder;
  const std::string path = folder / "campus.lock";
  const FileLock lock(path);
  const pid_t child = ::fork();
  if (child == 0) {
    int answer = 0;
    try {
      FileLock second(path);
    } catch (const Error& error) {
      answer = static_cast<int>(error.code());
    }
    ::_exit(answer);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Errc::locked));
  EXPECT_ERRC(FileLock second(path), Errc::locked);  // the child's end released nothing
}

TEST(FileLock, TravelsWhenItIsMoved) {
  const test::ScratchFolder folder;
  const std::string path = folder / "campus.lock";
  auto lock = std::make_unique<FileLock>(path);
  const FileLock moved(std::move(*lock));
  lock.reset();
  EXPECT_ERRC(FileLock second(path), Errc::locked);
}

TEST(FileLock, NamesTheFileAndTheReason) {
  const test::ScratchFolder folder;
  const std::string path = folder / "campus.lock";
  const FileLock lock(path);
  try {
    FileLock second(path);
    ADD_FAILURE() << "locked twice";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("another process"), std::string::npos);
  }
}

TEST(FileLock, MakesAPrivateFile) {
  const test::ScratchFolder folder;
  const mode_t before = ::umask(0);
  const FileLock lock(folder / "campus.lock");
  ::umask(before);
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "campus.lock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(FileLock, NeedsAFolder) {
  const test::ScratchFolder folder;
  EXPECT_ERRC(FileLock(folder / "absent/campus.lock"), Errc::not_found);
}

}  // namespace
}  // namespace morgiana::store
