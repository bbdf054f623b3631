#include <atomic>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "data.hpp"
#include "store/database.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

constexpr std::uint64_t kNumCommits = 200;
constexpr int kNumReaders = 4;

/// The head counts the subjects, so that any mixture of two commits shows.
std::uint64_t number_of_head(const Snapshot& snapshot) {
  const Bytes head = snapshot.head();
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < head.size(); ++i) number |= std::uint64_t{head[i]} << (8 * i);
  return number;
}

Bytes head_of(std::uint64_t number) {
  Bytes head(8);
  for (std::size_t i = 0; i < 8; ++i) head[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return head;
}

/// Whether a snapshot is one commit: what the head says is there, whole, and nothing else.
bool is_one_commit(const Snapshot& snapshot) {
  const std::uint64_t number = number_of_head(snapshot);
  if (test::subject_keys(snapshot).size() != number) return false;
  if (test::references(snapshot).size() != 2 * number) return false;
  return number == 0 || test::is_whole(snapshot, number, 2);
}

TEST(Concurrency, EverySnapshotIsOneCommitAndNoneGoesBack) {
  const test::ScratchFolder folder;
  Database database = Database::create(folder / "db", test::sample_gallery());
  std::atomic<int> num_wrong = 0;
  std::atomic<int> num_snapshots = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < kNumReaders; ++i) {
    readers.emplace_back([&](const std::stop_token& stop) {
      std::uint64_t newest = 0;
      while (!stop.stop_requested()) {
        const Snapshot snapshot = database.snapshot();
        const std::uint64_t number = number_of_head(snapshot);
        if (!is_one_commit(snapshot) || number < newest) ++num_wrong;
        newest = number;
        ++num_snapshots;
      }
    });
  }
  for (std::uint64_t number = 1; number <= kNumCommits; ++number) {
    Transaction transaction = database.begin();
    if (number == 1 || number % kSlotsPerRow == 0) test::append_slot_row(transaction);
    test::add_subject(transaction, number, 2);
    transaction.append_head(number, head_of(number));
    transaction.commit();
    if (number % 20 == 0) database.truncate_log();
  }
  readers.clear();
  EXPECT_EQ(num_wrong, 0);
  EXPECT_GT(num_snapshots, kNumReaders);
  EXPECT_EQ(number_of_head(database.snapshot()), kNumCommits);
}

TEST(Concurrency, WritersTakeTurns) {
  const test::ScratchFolder folder;
  Database database = Database::create(folder / "db", test::sample_gallery());
  std::vector<std::jthread> writers;
  for (std::uint64_t writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&database, writer] {
      for (std::uint64_t i = 0; i < 30; ++i) {
        Transaction transaction = database.begin();
        transaction.insert_subject(test::subject(1000 * writer + i));
        transaction.commit();
      }
    });
  }
  writers.clear();
  EXPECT_EQ(test::subject_keys(database.snapshot()).size(), 90U);
}

}  // namespace
}  // namespace morgiana::store
