#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>

#include "data.hpp"
#include "store/database.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

constexpr std::uint64_t kNumSubjects = 200;  // two rows of slots, many pages of references
constexpr std::uint32_t kNumReferences = 3;

bool is_removed(std::uint64_t subject_key) {
  return subject_key % 3 == 0;
}

/// A database of subjects 0 to 199, a third of which is then removed and overwritten.
struct ErasureTest : testing::Test {
  ErasureTest() : database(Database::create(folder / "db", test::sample_gallery())) {
    Transaction transaction = database.begin();
    for (int row = 0; row < 2; ++row) test::append_slot_row(transaction);
    for (std::uint64_t key = 0; key < kNumSubjects; ++key) {
      test::add_subject(transaction, key, kNumReferences);
    }
    transaction.commit();
  }

  void remove_a_third() {
    for (std::uint64_t key = 0; key < kNumSubjects; ++key) {
      if (!is_removed(key)) continue;
      Transaction transaction = database.begin();
      transaction.write_slot(key, test::slot_content(key + 10000));
      transaction.delete_subject(key, 1, 1700000001);
      transaction.commit();
    }
  }

  /// In how many of all files in the folder the first 24 bytes occur.
  std::size_t num_files_with(ByteView bytes) const {
    const auto pattern = bytes.first(24);
    const std::boyer_moore_horspool_searcher searcher(pattern.begin(), pattern.end());
    std::size_t num_files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      std::ifstream in(entry.path(), std::ios::binary);
      const Bytes content{std::istreambuf_iterator<char>(in), {}};
      if (std::search(content.begin(), content.end(), searcher) != content.end()) ++num_files;
    }
    return num_files;
  }

  test::ScratchFolder folder;
  Database database;
};

TEST_F(ErasureTest, LeavesNoOverwrittenSlotAndNoDeletedReferenceInAnyFile) {
  ASSERT_TRUE(database.truncate_log());
  remove_a_third();
  ASSERT_TRUE(database.truncate_log());
  EXPECT_EQ(std::filesystem::file_size(folder / "db-wal"), 0U);
  for (std::uint64_t key = 0; key < kNumSubjects; ++key) {
    // The search finds what is alive, so that finding nothing of the others means something.
    const std::size_t expected = is_removed(key) ? 0 : 1;
    EXPECT_EQ(num_files_with(test::slot_content(key)), expected) << "slot of " << key;
    EXPECT_EQ(num_files_with(test::sealed(key, 1)), expected) << "reference of " << key;
  }
}

TEST_F(ErasureTest, KeepsTheLogWhileASnapshotNeedsIt) {
  ASSERT_TRUE(database.truncate_log());
  {
    const Snapshot reader = database.snapshot();
    remove_a_third();
    EXPECT_FALSE(database.truncate_log());
    EXPECT_TRUE(test::is_whole(reader, 3, kNumReferences));
    EXPECT_GT(num_files_with(test::slot_content(3)), 0U);
  }
  EXPECT_TRUE(database.truncate_log());
  EXPECT_EQ(num_files_with(test::slot_content(3)), 0U);
}

TEST_F(ErasureTest, NeverMovesASlot) {
  ASSERT_TRUE(database.truncate_log());
  const auto offset = [&](std::uint64_t key) {
    std::ifstream in(folder / "db", std::ios::binary);
    const Bytes content{std::istreambuf_iterator<char>(in), {}};
    const test::SlotContent slot = test::slot_content(key);
    return std::search(content.begin(), content.end(), slot.begin(), slot.end()) - content.begin();
  };
  const auto before = offset(1);
  remove_a_third();
  Transaction transaction = database.begin();
  for (int row = 0; row < 20; ++row) test::append_slot_row(transaction);
  transaction.commit();
  ASSERT_TRUE(database.truncate_log());
  EXPECT_EQ(offset(1), before);
  EXPECT_EQ(offset(3 + 10000) - before, static_cast<std::ptrdiff_t>(2 * kSlotBytes));
}

}  // namespace
}  // namespace morgiana::store
