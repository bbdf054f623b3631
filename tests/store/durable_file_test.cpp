#include "store/durable_file.hpp"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "data.hpp"
#include "errors.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

struct DurableFileTest : testing::Test {
  test::ScratchFolder folder;
  std::string path = folder / "campus.keyset";
};

TEST_F(DurableFileTest, HoldsWhatWasWritten) {
  for (const std::size_t num_bytes : {0U, 1U, 4096U, 300000U}) {
    std::filesystem::remove(path);
    create_file(path, test::noise(7, num_bytes));
    EXPECT_EQ(read_file(path, num_bytes), test::noise(7, num_bytes)) << num_bytes;
  }
}

TEST_F(DurableFileTest, IsPrivateToItsOwnerWhateverTheUmask) {
  const mode_t before = ::umask(0);
  create_file(path, {});
  ::umask(before);
  EXPECT_FALSE(is_exposed(path));
  for (const mode_t mode : {0640U, 0604U, 0610U, 0601U, 0620U, 0602U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_TRUE(is_exposed(path)) << mode;
  }
}

TEST_F(DurableFileTest, IsNeverOverwritten) {
  create_file(path, test::noise(7, 50));
  EXPECT_ERRC(create_file(path, test::noise(8, 60)), Errc::already_exists);
  EXPECT_EQ(read_file(path, 100), test::noise(7, 50));
}

TEST_F(DurableFileTest, IsNotCreatedThroughALink) {
  std::filesystem::create_symlink(folder / "elsewhere", path);
  EXPECT_ERRC(create_file(path, test::noise(7, 50)), Errc::already_exists);
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

TEST_F(DurableFileTest, IsReadUpToItsLimitOnly) {
  create_file(path, test::noise(7, 50));
  EXPECT_EQ(read_file(path, 50).size(), 50U);
  EXPECT_ERRC(read_file(path, 49), Errc::storage_failed);
}

TEST_F(DurableFileTest, SaysWhatIsMissing) {
  EXPECT_ERRC(read_file(path, 10), Errc::not_found);
  EXPECT_ERRC(is_exposed(path), Errc::not_found);
  EXPECT_ERRC(create_file(folder / "absent/file", {}), Errc::not_found);
  EXPECT_ERRC(read_file(folder.path().string(), 10), Errc::storage_failed);
}

TEST_F(DurableFileTest, LeavesNothingWhereItCannotBeWrittenWhole) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_ERRC(create_file(path, test::noise(7, 8192)), Errc::storage_failed);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, previous);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace morgiana::store
